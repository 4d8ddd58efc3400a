"""What was dealt with a moment ago, so that its repetition costs nothing; the tables alone decide what is new."""

from __future__ import annotations

_MOST = 10_000


class RecentEvents:
    """The last keys, oldest forgotten first."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._keys: dict[str, None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        """Remember a key."""
        self._keys[key] = None
        if len(self._keys) > self._most:
            del self._keys[next(iter(self._keys))]
