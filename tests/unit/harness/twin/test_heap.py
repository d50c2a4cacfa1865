"""Events are taken in the order of their times, then in that of their entry."""

from __future__ import annotations

import numpy as np

from harness.twin.compiled import entry
from harness.twin.heap import empty_heap, pop, push


@entry
def taken(heap, at_s, found):
    for subject in range(len(at_s)):
        push(heap, at_s[subject], subject % 16, subject)
    for row in range(len(at_s)):
        at, kind, subject = pop(heap)
        found[row, 0], found[row, 1], found[row, 2] = at, kind, subject


def test_events_are_taken_by_time_and_then_by_entry(rng):
    at_s, found = rng.integers(0, 40, 1000).astype(float), np.zeros((1000, 3))
    taken(empty_heap(1000), at_s, found)
    order = np.argsort(at_s, kind="stable")
    assert found.tolist() == np.column_stack([at_s[order], order % 16, order]).tolist()
