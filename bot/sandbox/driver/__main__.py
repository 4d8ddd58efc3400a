"""Starts the driver."""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import os
import sys

from . import files
from .child import PR_SET_DUMPABLE, become
from .serve import Driver
from .wire import Wire

PRELOADED = ("pandas", "pandas.plotting._matplotlib", "matplotlib.pyplot", "matplotlib.backends.backend_agg")


def start() -> Driver:
    """Takes stdin and stdout away from everything else, then loads what most code imports."""
    wire = Wire(os.dup(0), os.dup(1))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    files.link_font_cache()
    for name in PRELOADED:
        importlib.import_module(name)
    draw_once()
    gc.collect()
    gc.freeze()
    return Driver(wire)


def draw_once() -> None:
    """Has matplotlib find its fonts and fill its caches now, so that no plot has to."""
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots()
    axes.plot([0, 1], label="line")
    axes.set_title("title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close(figure)


if __name__ == "__main__":
    driver = start()
    born_with = frozenset(sys.modules)
    become(driver.serve(), born_with)
