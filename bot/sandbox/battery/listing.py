"""The battery as a page of the documentation."""

from __future__ import annotations

from itertools import groupby

from bot.sandbox.battery.run_attacks import battery
from bot.settings import Settings

_INTRODUCTION = """\
# The battery

What `roundtable doctor --attack` tries on your own engine, and what the tests try on every change. Each attack is
harmless where it succeeds. The tests also run all of it against a container that lacks our measures: there every
single attack succeeds, so none of them is for show.
"""
_WANTS = {
    "escape": "wants out: to the kernel, the network, the host's files, the driver",
    "exhaust": "wants everything: processes, memory, disk, output, time",
    "confuse": "wants the bot to believe something false, to stumble, or to show something that acts",
    "persist": "wants to stay: past its time, past a stop, in the next run, in another session",
}


def listing() -> str:
    """Every attack by its group, in Markdown."""
    cases = battery(Settings(_env_file=None))
    text = _INTRODUCTION
    for group, members in groupby(cases, key=lambda case: case.group):
        named = [f"- {_escaped(case.name)}\n" for case in members]
        text += f"\n## {group.capitalize()}: {len(named)}\n\nCode that {_WANTS[group]}.\n\n{''.join(named)}"
    return text


def _escaped(name: str) -> str:
    return name.replace("_", "\\_").replace("<", "&lt;")
