"""Names of files that code made, such that disk, agents and store have the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable

from bot.text.safe_names import clean_path, unlike

Rename = Callable[[str, str, bool], Awaitable[bool]]
"""Gives a file of a container, by its path as the driver writes it, another name; with True it may replace a file.

Whether that could be done.
"""

_TRIES = 3


class DiskNames:
    """Renames files whose names cannot be kept; `renamed` has what the last calls did, as pairs of old and new.

    Code that writes under the old name again makes a new version of the same file.
    """

    def __init__(self) -> None:
        self.renamed: list[tuple[str, str]] = []
        self._before: dict[str, str] = {}

    async def settle(self, raw: str, kept: Iterable[str], new: Collection[str], rename: Rename) -> str:
        """The name of a file from now on; empty when it can have none.

        `raw` is its path as the driver writes it, `kept` are the paths of the files kept so far, `new` the paths,
        as `raw`, of those that were made or changed with it.
        """
        name = raw.encode("latin-1")
        again = self._before.get(raw, "")
        taken = set(kept)
        if again in taken and raw_path(again) not in new and await rename(raw, again, True):
            return self._note(raw, again)
        if raw_path(wanted := str(clean_path(name))) == raw and (
            wanted in taken or unlike(clean_path(name), name, taken) == wanted
        ):
            return wanted
        for number in range(_TRIES):
            wanted = unlike(clean_path(name), name + b"\0" * number, taken)
            if await rename(raw, wanted, False):
                return self._note(raw, wanted)
            taken.add(wanted)
        return ""

    def forget(self, path: str) -> None:
        """The file of this name is gone, or is now another's: code that writes the old name makes a new one."""
        self._before = {raw: name for raw, name in self._before.items() if name != path}

    def _note(self, raw: str, name: str) -> str:
        self._before[raw] = name
        self.renamed.append((raw, name))
        return name


def raw_path(path: str) -> str:
    """A path as the driver writes it: its bytes read in Latin-1."""
    return path.encode().decode("latin-1")
