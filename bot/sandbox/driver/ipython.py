"""The part of IPython that code for notebooks imports, for an image without it: how things are displayed."""

from __future__ import annotations

import html
import importlib.util
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from .display import display

_TAG = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"</(?:tr|p|div|h\d|li|ul|ol|table)\s*>|<br\s*/?>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)


class Displayed:
    """Something to display: its data is shown as text; a file is named."""

    def __init__(
        self, data: Any = None, url: str | None = None, filename: str | None = None, **_options: Any
    ) -> None:
        self.data = data if data is not None else filename or url or ""

    def __repr__(self) -> str:
        return str(self.data) if isinstance(self.data, str) else f"<{type(self).__name__}>"


class HTML(Displayed):
    """A page of HTML, of which the text is shown."""

    def __repr__(self) -> str:
        text = _CELL.sub("\t", _ROW.sub("\n", str(self.data)))
        lines = (line.rstrip() for line in html.unescape(_TAG.sub("", text)).splitlines())
        return "\n".join(line for line in lines if line)


_KINDS = (
    "Markdown",
    "Latex",
    "Math",
    "Image",
    "SVG",
    "JSON",
    "Audio",
    "Video",
    "IFrame",
    "FileLink",
    "Javascript",
)


_PACKAGES = ("IPython", "IPython.core")
_MODULES = (*_PACKAGES, "IPython.display", "IPython.core.display")


class NotebookApiFinder:
    """Stands behind all other finders, so that a real IPython wins."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _MODULES:
            return None
        loader: Any = self
        return importlib.util.spec_from_loader(name, loader, is_package=name in _PACKAGES)

    def create_module(self, spec: ModuleSpec) -> None:
        """An ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        names = vars(module)
        if module.__name__ == "IPython":
            names["version_info"] = (9, 0, 0, "")
            names["__version__"] = "9.0.0"
            names["get_ipython"] = vars(sys.modules["builtins"])["get_ipython"]
        names |= {kind: type(kind, (Displayed,), {"__module__": module.__name__}) for kind in _KINDS}
        names["HTML"] = HTML
        names["display"] = names["display_markdown"] = names["display_png"] = display
        for name in ("clear_output", "set_matplotlib_formats", "display_html", "display_javascript"):
            names[name] = lambda *_values, **_options: None
