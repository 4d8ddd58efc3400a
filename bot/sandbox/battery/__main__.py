"""Prints docs/battery.md: `python -m bot.sandbox.battery > docs/battery.md`."""

from __future__ import annotations

from bot.sandbox.battery.listing import listing

if __name__ == "__main__":
    print(listing(), end="")  # noqa: T201
