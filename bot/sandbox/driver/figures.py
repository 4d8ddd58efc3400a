"""Figures of matplotlib: what is shown, or open when a block ends, becomes a PNG file and is closed.

A figure is written once: not after the code has saved it itself, unless it has changed since. Matplotlib marks as
stale what has changed since it was drawn.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from . import picture_files

_saved: WeakSet[Any] = WeakSet()
"""Figures that are in a file."""
_closed: WeakSet[Any] = WeakSet()
"""Figures that were closed here. Code that has kept one may go on drawing."""
_written: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""The files that were written here for figures in this block."""
_last_shown: list[Any] = []
"""At most one figure."""


def save_open() -> None:
    """Write and close what is open when a block ends."""
    try:
        _show()
    finally:
        _written.clear()


def save(figure: Any) -> None:
    """Write a figure to a new file, unless nothing is drawn in it or it is in a file as it is."""
    if _is_empty(figure) or (figure in _saved and not figure.stale):
        return
    path = picture_files.create(_title(figure), ".png")
    try:
        _write(figure, path)
    except BaseException:
        os.remove(path)
        figure.stale = False  # it is not tried again unless it changes
        raise
    _mark_saved(figure)
    _written[figure] = path


def _write(figure: Any, path: str) -> None:
    try:
        figure.savefig(path, bbox_inches="tight")
    except ValueError:  # What lies far outside would make it too large.
        figure.savefig(path)


def _show(*_arguments: object, **_options: object) -> None:
    """What `plt.show()` does: figures are written and closed in order, also behind one that cannot be drawn."""
    open_figures: Any = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    managers = open_figures.get_all_fig_managers() if open_figures else []
    with contextlib.ExitStack() as others:
        for figure in [each for each in _closed if each.stale]:
            others.callback(save, figure)
        for manager in reversed(managers):
            others.callback(_save_and_close, manager, open_figures)


def _save_and_close(manager: Any, open_figures: Any) -> None:
    figure = manager.canvas.figure
    try:
        save(figure)
        _last_shown[:] = [figure]
    finally:
        _closed.add(figure)
        open_figures.destroy(manager)


def _mark_saved(figure: Any) -> None:
    _saved.add(figure)
    figure.stale = False


def _title(figure: Any) -> str:
    """The title of a figure: its own, or that of its only part with one, or its label."""
    of_parts = [title for axes in figure.axes if (title := _title_of_axes(axes))]
    own = figure.get_suptitle()
    return own or (of_parts[0] if len(of_parts) == 1 else "") or str(figure.get_label())


def _title_of_axes(axes: Any) -> str:
    return next((title for place in ("center", "left", "right") if (title := axes.get_title(place))), "")


def _is_empty(figure: Any) -> bool:
    """Whether nothing is drawn, as in a figure that a library has not used and replaced by its own."""
    drawn = (figure.texts, figure.images, figure.lines, figure.patches, figure.artists, figure.legends)
    return not any(drawn) and all(map(_is_empty_axes, figure.axes))


def _is_empty_axes(axes: Any) -> bool:
    drawn = (axes.lines, axes.patches, axes.collections, axes.images, axes.texts, axes.tables, axes.artists)
    return not any(drawn) and not axes.child_axes and not _title_of_axes(axes)


def change_figures(module: Any) -> None:
    """Follow what code saves itself; `show` of a figure writes it."""
    savefig = module.Figure.savefig

    @functools.wraps(savefig)
    def save_and_note(figure: Any, fname: Any, **options: Any) -> None:
        was_stale = figure.stale
        savefig(figure, fname, **options)
        figure.stale = was_stale
        if picture_files.is_kept(fname):
            _note_saved(figure, fname)

    module.Figure.savefig = save_and_note
    module.Figure.show = lambda figure, **_options: save(figure)


def _note_saved(figure: Any, target: object) -> None:
    """Code has saved a figure: it needs no file from here, also not the one that it may have had in this block."""
    path = _written.pop(figure, "")
    if path and not figure.stale and os.path.exists(path) and not _is_file(target, path):
        os.remove(path)
    _mark_saved(figure)


def _is_file(target: Any, path: str) -> bool:
    name = os.fspath(getattr(target, "name", target))
    return os.path.exists(name) and os.path.samefile(name, path)


def change_pyplot(module: Any) -> None:
    """Show by writing. `savefig` behind `show` means the figure that was shown, not an empty one."""
    savefig: Callable[..., Any] = module.savefig

    @functools.wraps(savefig)
    def save_shown(*arguments: Any, **options: Any) -> Any:
        if _last_shown and not module.get_fignums():
            return _last_shown[0].savefig(*arguments, **options)
        return savefig(*arguments, **options)

    module.show = _show
    module.savefig = save_shown
    module.pause = lambda _interval: None


def change_animations(module: Any) -> None:
    """An animation that code has saved is its figure's file."""
    save_animation = module.Animation.save

    @functools.wraps(save_animation)
    def save_and_note(animation: Any, filename: Any, *arguments: Any, **options: Any) -> None:
        save_animation(animation, filename, *arguments, **options)
        if picture_files.is_kept(filename):
            _mark_saved(animation._fig)

    module.Animation.save = save_and_note


def change_backends(module: Any) -> None:
    """A backend with windows is asked for in vain, and that is no error."""
    use = module.use

    @functools.wraps(use)
    def use_or_not(backend: str, **_options: object) -> None:
        use(backend, force=False)

    module.use = use_or_not
