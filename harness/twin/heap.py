"""A binary heap of events in two arrays: when, and what.

An event is one number: its order of entry, its kind and its subject. Events of one time are taken in the order of their
entry, so that a simulation is repeated exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.twin.compiled import entry, njit

KIND_BITS, SUBJECT_BITS = 4, 26
MOST_SUBJECTS = 1 << SUBJECT_BITS


class Heap(NamedTuple):
    """`size` holds how many events there are, and how many there have been."""

    at_s: NDArray[np.float64]
    event: NDArray[np.int64]
    size: NDArray[np.int64]


def empty_heap(most: int) -> Heap:
    """A heap for so many events at once."""
    return Heap(np.empty(most), np.empty(most, np.int64), np.zeros(2, np.int64))


@entry
def push(heap: Heap, at_s: float, kind: int, subject: int) -> None:
    """Enters an event."""
    place = heap.size[0]
    heap.size[0] += 1
    heap.size[1] += 1
    event = (heap.size[1] << (KIND_BITS + SUBJECT_BITS)) | (kind << SUBJECT_BITS) | subject
    while place > 0:
        parent = (place - 1) >> 1
        if heap.at_s[parent] <= at_s:
            break
        heap.at_s[place], heap.event[place] = heap.at_s[parent], heap.event[parent]
        place = parent
    heap.at_s[place], heap.event[place] = at_s, event


@njit
def pop(heap: Heap) -> tuple[float, int, int]:
    """Takes the earliest event: its time, its kind, its subject."""
    at_s, event = heap.at_s[0], heap.event[0]
    heap.size[0] -= 1
    size = heap.size[0]
    last_s, last = heap.at_s[size], heap.event[size]
    place, child = 0, 1
    while child < size:
        right = child + 1
        if right < size and _earlier(heap, right, child):
            child = right
        if last_s < heap.at_s[child] or (last_s == heap.at_s[child] and last < heap.event[child]):
            break
        heap.at_s[place], heap.event[place] = heap.at_s[child], heap.event[child]
        place, child = child, 2 * child + 1
    heap.at_s[place], heap.event[place] = last_s, last
    kind = (event >> SUBJECT_BITS) & ((1 << KIND_BITS) - 1)
    return at_s, kind, event & (MOST_SUBJECTS - 1)


@njit
def _earlier(heap: Heap, one: int, other: int) -> bool:
    if heap.at_s[one] == heap.at_s[other]:
        return heap.event[one] < heap.event[other]
    return heap.at_s[one] < heap.at_s[other]
