"""Threads that cannot be written to: their people are told elsewhere, once."""

from __future__ import annotations

import logging

import pytest

from bot.adapters.common.lost_threads import STOPPED, LostThreads, Way, notice, tell_first


def test_a_loss_is_new_once_for_each_reason() -> None:
    lost = LostThreads()
    assert [lost.is_new("s1", why) for why in ("archived", "archived", "gone")] == [True, False, True]
    assert lost.is_new("s2", "archived")
    lost.is_back("s1")
    assert lost.is_new("s1", "archived")
    assert not lost.is_new("s2", "archived")


async def test_the_first_place_that_takes_it_is_told_and_the_log(caplog: pytest.LogCaptureFixture) -> None:
    said: list[str] = []

    def way(name: str, takes: bool) -> Way:
        async def say(text: str) -> bool:
            said.append(f"{name}: {text}")
            return takes

        return say

    caplog.set_level(logging.WARNING)
    text = notice("Plot it", "that thread was deleted", STOPPED)
    assert text == "I cannot post in our session “Plot it”: that thread was deleted. I have stopped the team."
    await tell_first([way("channel", False), way("private", True), way("never", True)], "s1", text)
    assert said == [f"channel: {text}", f"private: {text}"]
    assert text in caplog.text
    assert "no one could be told" not in caplog.text
    await tell_first([way("channel", False)], "s1", text)
    assert "no one could be told" in caplog.text
