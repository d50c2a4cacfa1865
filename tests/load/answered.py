"""Asks for a known answer; a machine that is too uneven to give one gets a bounded number of further tries."""

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
