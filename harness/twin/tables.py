"""The table of calls before a simulation."""

from __future__ import annotations

import numpy as np

from harness.twin.journeys import Steps
from harness.twin.world import CALLS, CANCELLED, Longs, Records


def planned_calls(
    kinds: list[Steps], of_arrival: Longs, route_of: dict[tuple[str, str, str], int]
) -> tuple[Records, Longs]:
    """One row for each call that the journeys may make, and each arrival's first row, shape (arrivals,).

    `of_arrival` says which of the journeys each arrival makes, shape (arrivals,).
    """
    lengths = np.array([len(kind) for kind in kinds], np.int64)
    counts = lengths[of_arrival]
    first = np.cumsum(counts) - counts
    arrival = np.repeat(np.arange(len(of_arrival)), counts)
    step = np.arange(int(counts.sum())) - np.repeat(first, counts)
    begins = np.cumsum(lengths) - lengths
    at = begins[of_arrival[arrival]] + step
    flat = [
        (route_of[s.method, s.path, s.name], s.stops, place + 1 == len(k))
        for k in kinds
        for place, s in enumerate(k)
    ]
    route, stops, last = (np.array(column)[at] for column in zip(*flat, strict=True))
    calls = np.zeros(len(arrival), CALLS)
    calls["arrival"], calls["step"], calls["route"], calls["last"], calls["stops"] = (
        arrival,
        step,
        route,
        last,
        stops,
    )
    calls["scheduled_s"] = calls["started_s"] = calls["ended_s"] = np.nan
    calls["outcome"], calls["permit"] = CANCELLED, -1
    return calls, first
