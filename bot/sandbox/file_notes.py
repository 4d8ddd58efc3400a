"""What is said of files that were not kept, have another name or are in the wrong place. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.sandbox.frames import WhyLeftOut
from bot.sandbox.limits import MB, Limits
from bot.text.safe_names import clean_path

_NAMED = 5
_LONGEST = 80
_SCRATCH = "/tmp"  # noqa: S108


@dataclass(frozen=True, slots=True)
class FileNews:
    """Paths as the driver writes them: `left_out` with the reason, none when there is no name for it; `strays`.

    `renamed` are pairs of such a path and the new name. `kept` are the paths of all files that are kept.
    """

    left_out: Sequence[tuple[str, WhyLeftOut | None]] = ()
    more_left_out: int = 0
    renamed: Sequence[tuple[str, str]] = ()
    strays: Sequence[str] = ()
    more_strays: int = 0
    emptied: bool = False
    kept: Collection[str] = ()


def file_note(news: FileNews, limits: Limits) -> str:
    """The sentences; empty when all is well."""
    notes = [
        _renamed(news.renamed),
        _left_out(news, limits),
        _strays(news.strays, news.more_strays),
        f"{_SCRATCH} was full and was emptied: what lay there is gone." if news.emptied else "",
    ]
    return " ".join(note for note in notes if note)


def _renamed(renamed: Sequence[tuple[str, str]]) -> str:
    pairs = [f"{_shown(old)} is called `{new}` now" for old, new in renamed]
    return f"Names that cannot be kept were changed: {_list(pairs)}." if pairs else ""


def _left_out(news: FileNews, limits: Limits) -> str:
    if not news.left_out:
        return ""
    kept = {path.encode().decode("latin-1") for path in news.kept}
    named = [
        f"{_shown(path)} ({_reason(why, limits)}{'; the version before stays' if path in kept else ''})"
        for path, why in news.left_out
    ]
    return f"Not kept: {_list(named, news.more_left_out)}."


def _reason(why: WhyLeftOut | None, limits: Limits) -> str:
    match why:
        case "large":
            return f"larger than {_mb(limits.each)}"
        case "unreadable":
            return "it cannot be read"
        case "link":
            return "a link"
        case "special":
            return "no ordinary file"
        case "deep":
            return "its path is too long"
        case "many":
            return f"only {limits.files:,} files are"
        case "full":
            return f"only {_mb(limits.total)} together are"
        case "disk":
            return f"no room in the {_mb(limits.disk)} for all versions of a session's files"
        case None:
            return "no name could be found for it"


def _strays(strays: Sequence[str], more: int) -> str:
    if not strays:
        return ""
    example = str(clean_path(strays[0].rpartition("/")[2].encode("latin-1")))
    return (
        f"Outside the workspace, so not kept: {_list([_shown(path) for path in strays], more)}. "
        f"Save what is needed without a folder, as `{example}`."
    )


def _list(items: Sequence[str], more: int = 0) -> str:
    left = len(items) - _NAMED + more if len(items) > _NAMED else more
    named = ", ".join(items[:_NAMED])
    return f"{named} and {left:,} more" if left else named


def _shown(raw: str) -> str:
    """A path as code has chosen it, without what could act or reorder."""
    text = raw.encode("latin-1").decode("utf-8", "replace")
    text = "".join(each if each.isprintable() and each != "`" else "?" for each in text)
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"


def _mb(size: int) -> str:
    return f"{size / MB:,.0f} MB"
