"""One block of Python as a cell of a notebook: run it, deliver what it shows, and leave nothing half done."""

from __future__ import annotations

import builtins
import contextlib
import functools
import itertools
import linecache
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, NoReturn

from . import display, exit_functions, figures, import_changes, ipython, pictures
from .block_end import flush_files, join_threads
from .execution import execute
from .magics import NotebookShell, UsageError, run_cell_magic
from .notebook_syntax import cell_magic

_INTERRUPTED = 130
_OURS = os.path.dirname(__file__)


def run_cell(source: str, path: str, namespace: dict[str, object]) -> int:
    """Run a block; its exit code, as `python PATH` would have it.

    `path` is the file name in its tracebacks, and that of no other block.
    """
    _become_a_notebook()
    _start_asyncio_afresh()
    _forget_killed_trackers()
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    before = frozenset(threading.enumerate())
    steps = (
        functools.partial(_run, source, path, namespace),
        functools.partial(join_threads, before),
        exit_functions.run_registered,
        figures.save_open,
        flush_files,
    )
    return next((code for code in [_exit_code(step, path) for step in steps] if code), 0)


@functools.cache
def _become_a_notebook() -> None:
    """Gives the interpreter what notebooks have; once."""
    shell = NotebookShell()
    names: dict[str, object] = {"display": display.display, "get_ipython": lambda: shell, "input": _no_input}
    vars(builtins).update(names)
    sys.displayhook = display.show
    exit_functions.install()
    import_changes.install(
        {
            "matplotlib": figures.change_backends,
            "matplotlib.figure": figures.change_figures,
            "matplotlib.pyplot": figures.change_pyplot,
            "matplotlib.animation": figures.change_animations,
            "pandas": display.show_more_columns,
            "PIL.Image": pictures.change_images,
            "plotly.io": pictures.change_plotly,
            "plotly.basedatatypes": pictures.change_plotly_figures,
            "tqdm.std": _stop_watching_bars,
            "tqdm.notebook": _draw_bars_as_text,
        }
    )
    sys.meta_path.append(ipython.NotebookApiFinder())


def _no_input(prompt: object = "", /) -> NoReturn:
    sys.stdout.write(f"{prompt}\n" if str(prompt) else "")
    raise EOFError(
        "nobody can type here: write the values into the code, or end a message with a line ASK: QUESTION"
    )


def _stop_watching_bars(tqdm_std: Any) -> None:
    """A thread that watches bars would outlive the block."""
    tqdm_std.tqdm.monitor_interval = 0


def _draw_bars_as_text(tqdm_notebook: Any) -> None:
    """Bars of notebooks need widgets."""
    plain = sys.modules["tqdm.std"]
    tqdm_notebook.tqdm = tqdm_notebook.tqdm_notebook = plain.tqdm
    tqdm_notebook.trange = tqdm_notebook.tnrange = plain.trange


def _start_asyncio_afresh() -> None:
    """An earlier block's `asyncio.run` leaves none behind, and a thread gets a first loop only once."""
    if asyncio := sys.modules.get("asyncio"):
        asyncio.set_event_loop_policy(None)


def _forget_killed_trackers() -> None:
    """The processes that count what must be freed were killed after the last block, and would be missed."""
    for name in ("multiprocessing", "joblib.externals.loky.backend"):
        if module := sys.modules.get(f"{name}.resource_tracker"):
            tracker = module._resource_tracker
            if tracker._fd is not None:
                with contextlib.suppress(OSError):  # a block may have closed it
                    os.close(tracker._fd)
                tracker._fd = tracker._pid = None


def _run(source: str, path: str, namespace: dict[str, object]) -> None:
    if magic := cell_magic(source):
        name, line, body = magic
        run_cell_magic(name, line, body, path, namespace)
    else:
        execute(source, path, namespace)


def _exit_code(step: Callable[[], object], path: str) -> int:
    """Do something; how it ended, which is told on stderr if it is an error."""
    try:
        step()
    except SystemExit as end:
        return _code_of(end)
    except UsageError as error:
        _say(f"UsageError: {error}")
        return 1
    except BaseException as error:
        error.__traceback__ = _from_block(error.__traceback__, path)
        with contextlib.suppress(Exception):  # stderr may be closed, and a hook may fail
            _tell(error)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _tell(error: BaseException) -> None:
    if sys.excepthook is sys.__excepthook__:
        traceback.print_exception(error)  # the other reads files, which may have changed
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def _code_of(end: SystemExit) -> int:
    match end.code:
        case None:
            return 0
        case int(code):
            return code & 0xFF
        case message:
            _say(str(message))
            return 1


def _say(text: str) -> None:
    for write in (sys.stdout.flush, lambda: sys.stderr.write(f"{text}\n")):
        with contextlib.suppress(Exception):
            write()


def _from_block(trace: TracebackType | None, path: str) -> TracebackType | None:
    """A traceback from the block's own code on, without the driver's frames."""
    frames = list(_frames(trace))
    first = next((n for n, each in enumerate(frames) if each.tb_frame.f_code.co_filename == path), len(frames))
    theirs = [each for each in frames[first:] if not each.tb_frame.f_code.co_filename.startswith(_OURS)]
    for each, following in itertools.pairwise([*theirs, None]):
        each.tb_next = following  # type: ignore[union-attr]
    return theirs[0] if theirs else None


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace:
        yield trace
        trace = trace.tb_next
