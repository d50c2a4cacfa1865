"""From the counters of a service to an incident: what changed, when, and which faults would do the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from harness.analyse.learning.shifts import Level, levels
from harness.analyse.stats.effective_size import Floats, Ints
from harness.analyse.stats.quantiles import quantile_of
from harness.learn.scraped_service import ScrapedService, quantiles_of
from harness.model.errors import PrometheusError
from harness.model.incident import Episode, Incident, JudgedThreshold, Signal, SignalChange

SERVICE_VALUES, LEAST_RATIO = 200, 0.02
SLOWER, SLOWER_S, FEWER = 1.5, 0.005, 0.5
BURST, BURST_STEPS, HELD_UP = 1.2, 3, 0.125
Steps = NDArray[np.bool_]
NOISE: dict[Signal, float] = {"rate": 0.05, "errors": 0.005, "latency": 0.05}
STATUSES = {"429", *(str(status) for status in range(500, 600))}


def incident_of(found: ScrapedService, service: str) -> Incident:
    """The incident in a service's counters. Raises PrometheusError when neither latency nor errors changed."""
    signals = _signals(found)
    seen = {
        name: levels(np.log(values) if name != "errors" else values, NOISE[name])
        for name, values in signals.items()
    }
    usual = {name: _usual(values) for name, values in signals.items()}
    bad = _bad(found, signals, usual, seen)
    if not bad.any():
        problem = (
            f"shows no rise of latency by half, nor of errors by {LEAST_RATIO:.0%}, of {service!r} in this time; name"
            " the time of the incident, with some minutes around it"
        )
        raise PrometheusError("Prometheus", "", problem)
    first = int(np.argmax(bad))
    before = slice(0, max(1, first))
    buckets = {bound: float(counts[before].sum()) for bound, counts in found.buckets.items()}
    return Incident(
        service=service, first_s=float(found.edges_s[0]), last_s=float(found.edges_s[-1]), scrape_s=found.scrape_s,
        calls=int(found.calls.sum()), rate_per_s=float(found.calls[before].sum() / found.steps_s[before].sum()),
        service_s=quantiles_of(buckets, SERVICE_VALUES), changes=tuple(_changes(found, seen)),
        episodes=tuple(_episodes(found, signals, usual, bad, buckets)), thresholds=tuple(_thresholds(found, bad)),
        alerts=found.alerts,
    )  # fmt: skip


def _signals(found: ScrapedService) -> dict[Signal, Floats]:
    """Calls per second, share of failed calls and mean latency of each step; NaN where nothing ended."""
    calls = np.where(found.calls > 0, found.calls, np.nan)
    least = 0.01 * quantile_of(np.sort(found.calls), 0.5)
    return {
        "rate": np.maximum(found.calls, max(least, 1e-3)) / found.steps_s,
        "errors": found.failed / calls,
        "latency": np.maximum(found.seconds / calls, 1e-6),
    }


def _usual(values: Floats) -> float:
    """The median, which an incident of less than half of the time does not move."""
    known = values[~np.isnan(values)]
    return quantile_of(np.sort(known), 0.5) if len(known) else 0.0


def _bad(
    found: ScrapedService,
    signals: dict[Signal, Floats],
    usual: dict[Signal, float],
    seen: dict[Signal, list[Level]],
) -> Steps:
    """The steps, as booleans, in which calls failed, were slow, or did not end; by levels, so that noise is none."""
    bad: Steps = np.zeros(len(found.calls), dtype=bool)
    for level in seen["errors"]:
        bad[level.begin : level.end] |= level.mean > usual["errors"] + LEAST_RATIO
    for level in seen["latency"]:
        bad[level.begin : level.end] |= np.exp(level.mean) > max(
            SLOWER * usual["latency"], usual["latency"] + SLOWER_S
        )
    if not bad.any():
        return bad
    return bad | _stalled(signals, usual, bad)


def _stalled(signals: dict[Signal, Floats], usual: dict[Signal, float], bad: Steps) -> Steps:
    """Steps in which fewer than half of the usual calls ended, and after which calls were bad: they had begun then."""
    few = signals["rate"] < FEWER * usual["rate"]
    stalled: Steps = np.zeros(len(few), dtype=bool)
    for i in range(len(few) - 1, -1, -1):
        followed = i + 1 < len(few) and (bad[i + 1] or stalled[i + 1])
        stalled[i] = few[i] and (bad[i] or followed)
    return stalled


def _changes(found: ScrapedService, seen: dict[Signal, list[Level]]) -> Iterator[SignalChange]:
    for signal, stretches in seen.items():
        for one, other in pairwise(stretches):
            before, after = (
                level.mean if signal == "errors" else float(np.exp(level.mean)) for level in (one, other)
            )
            yield SignalChange(
                signal=signal, at_s=float(found.edges_s[other.begin]), before=before, after=after
            )


def _episodes(
    found: ScrapedService, signals: dict[Signal, Floats], usual: dict[Signal, float], bad: Steps,
    buckets: dict[float, float],
) -> Iterator[Episode]:  # fmt: skip
    """Each stretch of bad steps, as the fault that does the same: a pause, an error status, or more latency."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        part = slice(int(begin), int(end))
        failed = float(found.failed[part].sum() / max(1.0, found.calls[part].sum())) - usual["errors"]
        begin_s, end_s = float(found.edges_s[begin]), float(found.edges_s[end])
        pause = _pause(found, signals, usual, begin + np.flatnonzero(_stalled(signals, usual, bad)[part]))
        if pause is not None:
            first, last = pause
            yield Episode(kind="pause", begin_s=float(found.edges_s[first]), end_s=float(found.edges_s[last]))
        elif failed > LEAST_RATIO:
            ratio = round(min(1.0, failed), 4)
            yield Episode(
                kind="status", begin_s=begin_s, end_s=end_s, ratio=ratio, status=_status(found, part)
            )
        else:
            ratio, add_s = _slower(found, usual["latency"], part, buckets)
            yield Episode(kind="latency", begin_s=begin_s, end_s=end_s, ratio=ratio, add_s=add_s)


def _pause(
    found: ScrapedService, signals: dict[Signal, Floats], usual: dict[Signal, float], stalled: Ints
) -> tuple[int, int] | None:
    """The edges of the stalled steps, if the calls that were held up end soon after them, as a burst.

    Without a burst, calls only begin to take longer: then fewer end in the first step, too. On average, held up calls
    have waited for half of the pause; where those of the burst took less than an eighth of it longer, a scrape was
    late.
    """
    if not len(stalled):
        return None
    first, last = int(stalled[0]), int(stalled[-1]) + 1
    after = slice(last, last + BURST_STEPS)
    if last == len(found.calls):
        return first, last
    held_up_s = HELD_UP * float(found.edges_s[last] - found.edges_s[first])
    burst = signals["rate"][after].max() > BURST * usual["rate"]
    return (
        (first, last)
        if burst and np.nanmax(signals["latency"][after]) > usual["latency"] + held_up_s
        else None
    )


def _status(found: ScrapedService, part: slice) -> int:
    """The most frequent error status; 500 where attempts ended without one."""
    counts = {status: float(n[part].sum()) for status, n in found.statuses.items() if status in STATUSES}
    best = max(counts, key=lambda status: counts[status], default="500")
    return int(best) if counts.get(best) else 500


def _slower(
    found: ScrapedService, usual_s: float, part: slice, before: dict[float, float]
) -> tuple[float, float]:
    """The share of calls beyond the bound that hardly any call exceeded before, and how many seconds they add."""
    total = sum(before.values())
    reach = np.cumsum(list(before.values())) / max(total, 1.0)
    border = next((bound for bound, share in zip(before, reach, strict=True) if share >= 0.99), inf)
    counts = {bound: float(n[part].sum()) for bound, n in found.buckets.items()}
    beyond = sum(n for bound, n in counts.items() if bound > border) / max(1.0, sum(counts.values()))
    mean_s = float(found.seconds[part].sum() / max(1.0, found.calls[part].sum()))
    ratio = 1.0 if beyond > 0.9 or beyond <= 0.01 else round(beyond, 4)
    return ratio, round((mean_s - usual_s) / ratio, 4)


def _thresholds(found: ScrapedService, bad: Steps) -> Iterator[JudgedThreshold]:
    for text, budget in found.budgets.items():
        none = 0.0 * found.calls
        judged = float(found.judged.get(text, none)[bad].sum())
        share = float(found.bad.get(text, none)[bad].sum()) / judged if judged else 0.0
        yield JudgedThreshold(text=text, bad_ratio=share, budget_ratio=budget)
