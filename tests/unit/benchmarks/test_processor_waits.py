"""The age of what a record may miss: a second, and longer by what a process was kept from a processor."""

from __future__ import annotations

import pytest

from benchmarks.processor_waits import ProcessorWaits


def _waits(waited: dict[float, dict[int, float]]) -> ProcessorWaits:
    found = ProcessorWaits()
    found._samples = list(waited.items())
    return found


def test_processes_that_never_waited_have_a_second() -> None:
    waits = _waits({at_s / 10: {1: 0.0, 2: 0.0} for at_s in range(50)})
    assert waits.age_s(4.0, 1.0) == pytest.approx(1.0)


def test_the_wait_of_the_process_that_waited_longest_comes_on_top() -> None:
    """One process could run for half of the last two seconds only."""
    waits = _waits({at_s / 10: {1: 0.0, 2: at_s / 20} for at_s in range(50)})
    assert waits.age_s(4.0, 1.0) == pytest.approx(2.0, abs=0.2)


def test_what_came_after_the_kill_does_not_count() -> None:
    waits = _waits({at_s / 10: {1: max(0.0, at_s / 10 - 4.2)} for at_s in range(100)})
    assert waits.age_s(4.0, 1.0) == pytest.approx(1.0)
