"""Asks for a known answer, and compares it; a machine that is too uneven to give one gets a few further tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.known_answers import Answer, Uneven

TRIES = 3


def answered(part: Callable[..., list[Answer]], *arguments: Any) -> list[Answer]:
    """The answers of one part of the table. No answer in any of the tries is a failure, not a skip."""
    problems = []
    for _ in range(TRIES):
        try:
            return part(*arguments)
        except Uneven as uneven:
            problems.append(str(uneven))
    pytest.fail(f"no answer in {TRIES} tries: {'; '.join(problems)}")


def assert_agrees(answer: Answer) -> None:
    """The known value lies within the answer's interval of 99.9%, which must be bounded on both sides."""
    low, high = answer.within
    assert low is not None, answer.line()
    assert high is not None, answer.line()
    assert isinstance(answer.known, float), answer.line()
    assert answer.met, answer.line()
