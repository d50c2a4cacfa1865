"""Known answer: AWS' simulation of clients that contend for one record, with our backoff formulas."""

from __future__ import annotations

import pytest

from benchmarks.contention import PUBLISHED
from benchmarks.known_answers import Answer, jitter
from tests.load.answered import assert_agrees

REPETITIONS = 20


@pytest.fixture(scope="module")
def found() -> dict[str, Answer]:
    return {answer.what: answer for answer in jitter(REPETITIONS)}


@pytest.mark.parametrize("kind", list(PUBLISHED))
@pytest.mark.parametrize("what", ["calls", "seconds"])
def test_the_mean_is_that_of_the_published_simulation(found: dict[str, Answer], kind: str, what: str) -> None:
    assert_agrees(found[f"100 clients, {kind}: {what}"])
