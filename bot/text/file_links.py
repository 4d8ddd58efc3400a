"""Links to files in what agents write, where a thread has files and no addresses for them.

Models that were trained with a sandbox of another kind write `[chart](sandbox:/mnt/data/chart.png)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from bot.text.fence_parsing import fences, lines
from bot.text.safe_names import clean_path

_SCHEMES = ("sandbox", "attachment", "file")
_FOLDERS = ("mnt/data/", "workspace/")
"""Where a sandbox has its workspace, without the slash in front."""

_ADDRESS = rf"(?:\b(?:{'|'.join(_SCHEMES)}):/{{1,3}}|(?<![\w/.])/mnt/data/)[^\s<>()\[\]\"'`|*]+"
_CODE = r"(?P<ticks>`+)(?!`)(?P<code>[^\n]*?[^`\n])(?P=ticks)(?!`)"
_LINK = r"!?\[(?P<label>[^\[\]\n]*)\]\((?P<target>(?:[^()\n]|\([^()\n]*\))*)\)"
_AUTO = r"<(?P<auto>(?:sandbox|attachment):[^<>\n]+)>"
_ANY = re.compile(rf"{_CODE}|{_LINK}|{_AUTO}|(?<!\]\()(?P<bare>{_ADDRESS})", re.IGNORECASE)
_ALONE = re.compile(_ADDRESS, re.IGNORECASE)
_TITLE = re.compile(r"\s+(?:\"[^\"]*\"|'[^']*')$")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?=:)", re.IGNORECASE)
_ENDING = re.compile(r"\.\w{1,8}$")
_INDEXED = re.compile(r"[A-Za-z0-9_\])]")
_AFTER = ".,;:!?"


def may_link_files(text: str) -> bool:
    """Whether a text could have links to files: a quick look."""
    return "](" in text or "/mnt/data/" in text or any(f"{scheme}:" in text.lower() for scheme in _SCHEMES)


def without_file_links(text: str, files: Collection[str]) -> str:
    """Markdown in which links to these files are their names, and links to other files are plain text.

    Code blocks are left alone, and so are addresses on the web.
    """
    return "\n".join(part if is_code else _in_words(part, files) for part, is_code in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of whole lines, and whether each is a code block."""
    all_lines, at = lines(text), 0
    for fence in fences(text):
        if all_lines[at : fence.first]:
            yield "\n".join(all_lines[at : fence.first]), False
        yield "\n".join(all_lines[fence.first : fence.after]), True
        at = fence.after
    if all_lines[at:]:
        yield "\n".join(all_lines[at:]), False


def _in_words(text: str, files: Collection[str]) -> str:
    for _ in range(2):  # a picture can be the label of a link
        text = _ANY.sub(lambda found: _replaced(found, files), text)
    return text


def _replaced(found: re.Match[str], files: Collection[str]) -> str:
    if found["code"]:
        return _named(found["code"], files) if _ALONE.fullmatch(found["code"]) else found[0]
    if found["auto"]:
        return _named(found["auto"], files)
    if bare := found["bare"]:
        address = bare.rstrip(_AFTER)
        return _named(address, files) + bare[len(address) :]
    return _link(found, files)


def _link(found: re.Match[str], files: Collection[str]) -> str:
    target = _TITLE.sub("", found["target"].strip()).removeprefix("<").removesuffix(">")
    path = _path(target)
    if path is None:
        return found[0]
    label, name = found["label"].strip(), _file(path, files)
    if not _is_address(target) and not (_is_link(found) and (name or _ENDING.search(path))):
        return found[0]
    label = _ALONE.sub(lambda address: _plain(address[0]), label)
    if not name:
        return label or path
    return label if name in label else f"{label} (`{name}`)".lstrip()


def _is_link(found: re.Match[str]) -> bool:
    """Whether it can be one by what is in front: f[0](x) in words is none."""
    return not _INDEXED.fullmatch(found.string[max(0, found.start() - 1) : found.start()])


def _named(address: str, files: Collection[str]) -> str:
    path = _plain(address)
    name = _file(path, files)
    return f"`{name}`" if name else path


def _plain(address: str) -> str:
    return _path(address) or address


def _is_address(target: str) -> bool:
    return target.startswith("/") or _SCHEME.match(target) is not None


def _path(target: str) -> str | None:
    """Where in a workspace an address leads, None when it leads elsewhere."""
    if scheme := _SCHEME.match(target):
        if scheme[0].lower() not in _SCHEMES:
            return None
        target = target[scheme.end() + 1 :]
    elif target.startswith(("#", "//")):
        return None
    path = unquote(target).lstrip("/")
    for folder in _FOLDERS:
        path = path.removeprefix(folder)
    return path.removeprefix("./") or None


def _file(path: str, files: Collection[str]) -> str:
    """The file of this path, also where it had to be given another name; empty when there is none."""
    return next((name for name in (path, str(clean_path(path))) if name in files), "")
