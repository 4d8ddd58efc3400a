"""When the bench of tokens fails."""

from __future__ import annotations

from bench.tokens import judged


def test_the_target_is_that_of_usual_sessions_on_average_and_others_are_a_figure() -> None:
    said, met = judged({"prints little": [0.7, 0.9], "usual": [0.3, 0.5], "prints much": [0.9]})
    assert met
    assert said == (
        "target: at most 0.400 in a usual session; here 0.400 on average, and 0.800 where programs print little"
    )
    assert not judged({"prints little": [0.1], "usual": [0.3, 0.502], "prints much": [0.1]})[1]
