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
from .interpreter import serve_blocks
from .serve import Driver
from .wire import FrameWire

PRELOADED = ("pandas", "pandas.plotting._matplotlib", "matplotlib.pyplot", "matplotlib.backends.backend_agg")


def start() -> Driver:
    """Takes stdin and stdout away from everything else, then loads what most code imports."""
    wire = FrameWire(os.dup(0), os.dup(1))
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
    """Has pandas and matplotlib load what they load late, find their fonts and fill their caches now."""
    pandas, pyplot = importlib.import_module("pandas"), importlib.import_module("matplotlib.pyplot")
    frame = pandas.DataFrame({"name": ["a", "b"], "number": [1, 2]})
    for axes in (frame.plot.bar(x="name", y="number"), frame.plot.line()):
        axes.set_title("title")
        axes.legend()
        axes.figure.savefig(io.BytesIO(), format="png")
        pyplot.close(axes.figure)


if __name__ == "__main__":
    driver = start()
    born_with = frozenset(sys.modules)
    script = driver.serve()
    if script.stays:
        serve_blocks(script)
    become(script, born_with)
