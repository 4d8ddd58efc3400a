"""Pictures of other libraries that are shown: PNG files, or pages of HTML where they move."""

from __future__ import annotations

import functools
import os
import re
import sys
import zlib
from typing import Any

from . import figures, picture_files

_PNG_MODES = frozenset({"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"})


def save_shown(value: Any) -> bool:
    """Whether a value is a picture; then it is written to a file, if it is not in one as it is."""
    if _is_a(value, "matplotlib.figure", "Figure"):
        figures.save(value)
    elif _is_a(value, "plotly.basedatatypes", "BaseFigure"):
        _show_page(value)
    elif _is_a(value, "PIL.Image", "Image"):
        _show_image(value)
    elif callable(draw := getattr(type(value), "_repr_png_", None)) and (drawn := draw(value)):
        _write(drawn[0] if isinstance(drawn, tuple) else drawn)
    else:
        return False
    return True


def _is_a(value: object, module: str, name: str) -> bool:
    """Whether it is of a class of a module that may not be imported."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _write(png: bytes) -> None:
    with open(picture_files.create("", ".png"), "wb") as target:
        target.write(png)


def _show_image(image: Any, title: str | None = None, **_options: object) -> None:
    """What `Image.show` of Pillow does."""
    if vars(image).get("_saved_as") == _content(image):
        return
    path = picture_files.create(title or "", ".png")
    try:
        drawable = (
            image if image.mode in _PNG_MODES else image.convert("RGBA" if image.mode in ("PA", "La") else "RGB")
        )
        drawable.save(path)
    except BaseException:
        os.remove(path)
        raise
    image._saved_as = _content(image)


def _content(image: Any) -> tuple[object, ...]:
    return (image.mode, image.size, zlib.crc32(image.tobytes()))


def change_images(module: Any) -> None:
    """Pillow shows by writing, unless code has saved an image as it is."""
    save = module.Image.save

    @functools.wraps(save)
    def save_and_note(image: Any, fp: Any, *arguments: Any, **options: Any) -> None:
        save(image, fp, *arguments, **options)
        if picture_files.is_kept(fp):
            image._saved_as = _content(image)

    module.Image.save = save_and_note
    module.Image.show = _show_image


def _show_page(figure: Any, *_arguments: object, **_options: object) -> None:
    """What `show` of Plotly does: a page that needs no network."""
    if not hasattr(figure, "write_html"):  # a dictionary that stands for a figure
        figure = sys.modules["plotly.graph_objects"].Figure(figure)
    content = zlib.crc32(figure.to_json().encode())
    if vars(figure).get("_saved_as") == content:
        return
    title = re.sub(r"<[^>]*>", " ", figure.layout.title.text or "")
    figure.write_html(picture_files.create(title, ".html"), include_plotlyjs=True, div_id="figure")
    figure._saved_as = content


def change_plotly(module: Any) -> None:
    module.show = _show_page


def change_plotly_figures(module: Any) -> None:
    """A page that code has written itself is the figure's file."""
    write_html = module.BaseFigure.write_html

    @functools.wraps(write_html)
    def write_and_note(figure: Any, file: Any, *arguments: Any, **options: Any) -> None:
        write_html(figure, file, *arguments, **options)
        if picture_files.is_kept(file):
            figure._saved_as = zlib.crc32(figure.to_json().encode())

    module.BaseFigure.write_html = write_and_note
