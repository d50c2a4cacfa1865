"""The events that are to come, in the order of their times; those of one time in the order of their entry.

An event is one number: its order of entry, its kind and its subject. Most kinds are entered in the order of their
times, such as the timeouts of a policy with one timeout: each of the first kinds has a queue, to whose end its events
go. One that is earlier than the end of its queue goes into a binary heap, as events of the other kinds do. The earliest
event is the earliest of the queues' heads and the heap's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.twin.addressed import Addressed
from harness.twin.compiled import entry, njit

KIND_BITS, SUBJECT_BITS = 5, 26
MOST_SUBJECTS = 1 << SUBJECT_BITS
QUEUES = 6
"""How many kinds, from the first on, have a queue. The heap's head comes after those of the queues."""
LONGEST = 1 << 12
"""How many events a queue takes; further ones go into the heap."""
_HEAP, _ENTERED, _RINGS = QUEUES, QUEUES + 1, QUEUES * LONGEST

EVENT = np.dtype([("at_s", np.float64), ("what", np.int64)])
HEADS = np.dtype(
    [
        ("first_s", np.float64, QUEUES + 1),
        ("first", np.int64, QUEUES + 1),
        ("last_s", np.float64, QUEUES),
        ("begin", np.int64, QUEUES),
        ("size", np.int64, QUEUES + 2),
    ]
)
"""The first event of each queue and of the heap, at an infinite time where there is none; the time of each queue's last
event; where it begins, and how many events it has. `size` ends with the heap's, and with how many have been entered."""


@dataclass(frozen=True, eq=False)
class Heap(Addressed):
    """`events` has the queues, each a ring of the same length, and then the heap; `heads` is one record."""

    events: Any
    heads: Any


def empty_heap(most: int) -> Heap:
    """No events yet; room for so many at once."""
    heads = np.zeros(1, HEADS)[0]
    heads["first_s"] = np.inf
    return Heap(np.empty(_RINGS + most, EVENT), heads)


@entry
def push(heap: Heap, at_s: float, kind: int, subject: int) -> None:
    """Enters an event."""
    heads = heap.heads
    size = heads.size
    size[_ENTERED] += 1
    what = (size[_ENTERED] << (KIND_BITS + SUBJECT_BITS)) | (kind << SUBJECT_BITS) | subject
    if kind < QUEUES and (size[kind] == 0 or (at_s >= heads.last_s[kind] and size[kind] < LONGEST)):
        if size[kind] == 0:
            heads.first_s[kind], heads.first[kind] = at_s, what
        place = _ring(kind, heads.begin[kind] + size[kind])
        heap.events[place].at_s, heap.events[place].what = at_s, what
        heads.last_s[kind] = at_s
        size[kind] += 1
    else:
        _push_into_heap(heap, at_s, what)


@njit
def earliest(heap: Heap) -> int:
    """Where the earliest event is: a queue or the heap. Its time is that of this head."""
    first_s, first, found = heap.heads.first_s, heap.heads.first, 0
    for other in range(1, QUEUES + 1):
        if first_s[other] < first_s[found] or (
            first_s[other] == first_s[found] and first[other] < first[found]
        ):
            found = other
    return found


@njit
def pop(heap: Heap, place: int) -> tuple[float, int, int]:
    """Takes the event at the head of a queue or the heap: its time, its kind, its subject."""
    heads = heap.heads
    at_s, what = heads.first_s[place], heads.first[place]
    heads.size[place] -= 1
    if place == _HEAP:
        _pop_from_heap(heap)
    elif heads.size[place] > 0:
        heads.begin[place] += 1
        first = heap.events[_ring(place, heads.begin[place])]
        heads.first_s[place], heads.first[place] = first.at_s, first.what
    else:
        heads.first_s[place] = np.inf
    return at_s, (what >> SUBJECT_BITS) & ((1 << KIND_BITS) - 1), what & (MOST_SUBJECTS - 1)


@njit
def _ring(kind: int, place: int) -> int:
    return kind * LONGEST + (place & (LONGEST - 1))


@njit
def _push_into_heap(heap: Heap, at_s: float, what: int) -> None:
    events, heads = heap.events, heap.heads
    place = heads.size[_HEAP]
    heads.size[_HEAP] += 1
    while place > 0:
        parent = (place - 1) >> 1
        if events[_RINGS + parent].at_s <= at_s:
            break
        _move(events, parent, place)
        place = parent
    events[_RINGS + place].at_s, events[_RINGS + place].what = at_s, what
    heads.first_s[_HEAP], heads.first[_HEAP] = events[_RINGS].at_s, events[_RINGS].what


@njit
def _pop_from_heap(heap: Heap) -> None:
    """Closes the gap at the top; `size` counts without it already."""
    events, heads = heap.events, heap.heads
    size = heads.size[_HEAP]
    if size == 0:
        heads.first_s[_HEAP] = np.inf
        return
    place, child = 0, 1
    while child < size:
        if child + 1 < size and _earlier(events, child + 1, child):
            child += 1
        if _earlier(events, size, child):
            break
        _move(events, child, place)
        place, child = child, 2 * child + 1
    _move(events, size, place)
    heads.first_s[_HEAP], heads.first[_HEAP] = events[_RINGS].at_s, events[_RINGS].what


@njit
def _move(events: Any, one: int, other: int) -> None:
    events[_RINGS + other].at_s = events[_RINGS + one].at_s
    events[_RINGS + other].what = events[_RINGS + one].what


@njit
def _earlier(events: Any, one: int, other: int) -> bool:
    first, second = events[_RINGS + one], events[_RINGS + other]
    return first.at_s < second.at_s or (first.at_s == second.at_s and first.what < second.what)
