"""Events are taken in the order of their times, then in that of their entry."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import pytest

from harness.twin.compiled import entry
from harness.twin.heap import LONGEST, QUEUES, earliest, empty_heap, pop, push


@entry
def taken(heap, at_s, kinds, pops, found):
    """Enters the events, and takes so many of them after each; all that are left at the end."""
    row = 0
    for subject in range(len(at_s)):
        push(heap, at_s[subject], kinds[subject], subject)
        for _ in range(pops[subject]):
            at, kind, which = pop(heap, earliest(heap))
            found[row, 0], found[row, 1], found[row, 2] = at, kind, which
            row += 1


def expected(at_s, kinds, pops):
    """The same by Python's heap."""
    heap, found = [], []
    for subject, (at, kind, count) in enumerate(zip(at_s, kinds, pops, strict=True)):
        heappush(heap, (at, subject, kind))
        for _ in range(count):
            first_s, which, its_kind = heappop(heap)
            found.append([first_s, float(its_kind), float(which)])
    return found


@pytest.mark.parametrize("kinds", [QUEUES, 14], ids=["kinds with a queue", "all kinds"])
@pytest.mark.parametrize("spread", [0.0, 0.5, 40.0])
def test_events_are_taken_by_time_and_then_by_entry(rng, kinds, spread):
    """Each event is some while after an earlier moment: mostly in order, sometimes, or hardly ever."""
    count = 5000
    at_s = np.round(np.arange(count) / 50.0 + spread * rng.random(count), 1)
    kind, pops, left = rng.integers(0, kinds, count), np.zeros(count, int), 0
    for place in range(count):
        pops[place] = rng.integers(0, min(3, left + 1) + 1) if rng.random() < 0.7 else 0
        pops[place] = min(pops[place], left + 1)
        left += 1 - pops[place]
    pops[-1] += left
    found = np.zeros((count, 3))
    taken(empty_heap(count), at_s, kind, pops, found)
    assert found.tolist() == expected(at_s.tolist(), kind.tolist(), pops.tolist())


def test_more_events_than_a_queue_takes_keep_their_order(rng):
    count = 3 * LONGEST
    at_s, kind = np.sort(rng.integers(0, 99, count).astype(float)), np.zeros(count, int)
    pops, found = np.zeros(count, int), np.zeros((count, 3))
    pops[2 * LONGEST], pops[-1] = LONGEST, count - LONGEST
    taken(empty_heap(count), at_s, kind, pops, found)
    assert found[:, 2].tolist() == list(range(count))
