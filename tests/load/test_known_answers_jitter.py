"""Known answer: AWS' simulation of clients that contend for one record, with our backoff formulas."""

from __future__ import annotations

import pytest

from benchmarks.contention import PUBLISHED
from benchmarks.known_answers import Answer, jitter
from tests.load.answered import WIDER

REPETITIONS = 20
ROUNDED = {"calls": 0.5, "seconds": 0.05}
"""The published figures are rounded to whole calls and to tenths of a second."""


@pytest.fixture(scope="module")
def found() -> dict[str, Answer]:
    return {answer.what: answer for answer in jitter(REPETITIONS)}


@pytest.mark.parametrize("kind", list(PUBLISHED))
@pytest.mark.parametrize("what", list(ROUNDED))
def test_the_mean_is_that_of_the_published_simulation(found: dict[str, Answer], kind: str, what: str) -> None:
    answer = found[f"100 clients, {kind}: {what}"]
    low, high = answer.within
    assert low is not None
    assert high is not None
    allowed = WIDER * (high - low) / 2 + ROUNDED[what]
    assert abs(answer.ours - float(answer.known)) <= allowed, answer.line()
