"""The numbers of a live run in its last whole second: never better than the record will have them.

A second is whole once every process has reported on it: the calls that ended in it are then in the record. A number
that cannot be known is None. That no call ended is no sign of health.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from harness.analyse.measure.timeline import per_second, reported_s
from harness.model.formatting import format_share, format_value
from harness.model.slo import Slo

STALE_S = 3.0
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LiveNumbers:
    """What is known of the second that begins at `second_s`; None of `second_s` while no second is whole.

    `p99_s` is infinite where failed calls reach it. `in_flight` counts journeys at the second's end, `waiting` those of
    them that wait for a thread.
    """

    second_s: float | None = None
    offered_per_s: float | None = None
    goodput_per_s: float | None = None
    p99_s: float | None = None
    failed_ratio: float | None = None
    in_flight: int | None = None
    waiting: int | None = None


def whole_s(driver: pd.DataFrame, processes: int) -> float:
    """Until when the service's processes have reported, in whole seconds; 0 while one has not begun to."""
    return float(int(reported_s(driver))) if driver["process"].nunique() >= processes else 0.0


def live_numbers(
    calls: pd.DataFrame, driver: pd.DataFrame, slo: Slo, processes: int, now_s: float
) -> LiveNumbers:
    """The numbers of the last whole second. All are unknown where it ended more than STALE_S before `now_s`."""
    until_s = whole_s(driver, processes)
    if until_s < 1 or now_s - until_s > STALE_S:
        return LiveNumbers()
    recent = calls[(calls["ended_s"] >= until_s - 1) | (calls["scheduled_s"] >= until_s - 1)]
    seconds = per_second(recent, 1.0, driver, slo.failed_calls)
    found = seconds[seconds["at_s"] == until_s - 1].iloc[0]
    reports = (
        driver[driver["at_s"] >= until_s].sort_values("at_s").groupby("process").first()
    )  # as the second ended
    waiting = int(reports["queued_journeys"].sum())
    return LiveNumbers(
        second_s=until_s - 1,
        offered_per_s=float(found["offered"]),
        goodput_per_s=float(found["goodput"]),
        p99_s=_known(found["p99_s"]),
        failed_ratio=_known(found["error_ratio"]),
        in_flight=int(reports["busy_threads"].sum()) + waiting,
        waiting=waiting,
    )


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def live_tiles(live: LiveNumbers, slo: Slo) -> list[tuple[str, str, str]]:
    """For each number its label, its value, and what is required of it or what it means."""
    failing = next((t.limit for t in slo.parsed if t.limits_errors and not (t.route or t.window_s)), None)
    ended = "no call ended in this second" if live.second_s is not None else ""
    limit_s = slo.p99_limit_s
    return [
        ("Offered", _text(live.offered_per_s, "1/s"), "journeys that were due, by the schedule"),
        ("Goodput", _text(live.goodput_per_s, "1/s"), "calls that ended well"),
        (
            "Latency p99",
            _text(live.p99_s, "s"),
            ended if live.p99_s is None else _limit(live.p99_s, limit_s, format_value(limit_s, "s")),
        ),
        (
            "Calls failed",
            _text(live.failed_ratio, "ratio"),
            ended
            if live.failed_ratio is None
            else _limit(live.failed_ratio, failing, format_share(failing or 0.0)),
        ),
        (
            "In flight",
            _text(live.in_flight, "count"),
            "" if live.waiting is None else f"{live.waiting:,} of them wait for a thread",
        ),
    ]


def live_sentence(live: LiveNumbers) -> str:
    """Which second the numbers are of."""
    if live.second_s is None:
        return "No second of the run is known as a whole, or the last one ended some seconds ago."
    return f"Numbers of the second from {live.second_s:g} s to {live.second_s + 1:g} s of the run."


def _text(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else format_value(value, unit)


def _limit(value: float, limit: float | None, text: str) -> str:
    if limit is None:
        return "the SLO has no limit for it"
    return f"{'✓' if value <= limit else '✗'} limit of the SLO: {text}"
