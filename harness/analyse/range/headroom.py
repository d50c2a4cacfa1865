"""How much of each resource a run at the stable limit used, and what the expected peak would take of it.

The calls under way grow without bound near the capacity, so nothing is scaled by the rate. Where the upstream's workers
and service times are known, its queue is simulated at the peak; elsewhere the trials on both sides of it bound the use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.range.peak_use import by_queue, by_trials
from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.quantiles import quantile_of
from harness.model.range import AtPeak, Headroom

HIGH = 0.99
FITS = 0.7
FEW_RETRIES = 1.01


@dataclass(frozen=True, slots=True)
class Peak:
    """The expected peak, and what is known of the use at other rates.

    `workers` are the upstream's, None where they are unknown or not a plain queue. `trials` are further runs by their
    rates, all of which kept the SLO; `overloaded_per_s` is the lowest rate at which a backlog grew without bound.
    """

    rate_per_s: float
    workers: int | None = None
    trials: Sequence[tuple[float, Evidence]] = ()
    overloaded_per_s: float | None = None


def headroom(
    evidence: Evidence,
    rate_per_s: float,
    peak: Peak | None,
    threads: int,
    queue: int | None,
    memory_bytes: int | None,
) -> tuple[Headroom, ...]:
    """Connections, threads, the upstream's queue, the driver's CPU and memory; resources without samples are left out.

    `threads` are the service's, `queue` the length of the upstream's queue (None: unbounded or unknown).
    """
    pool = _counted(evidence, evidence.pool)
    maxsize = float(pool["maxsize"].max()) if len(pool) else None
    runs = [(rate_per_s, evidence), *(peak.trials if peak else ())]
    under_way = None if peak is None else _queue_at(peak, evidence, rate_per_s)
    found = [
        _of_table("connections", "count", "pool", "in_use", maxsize, runs, peak, under_way),
        _of_table("threads", "count", "driver", "busy_threads", float(threads), runs, peak, under_way),
        _one("upstream queue wait", "s", _values(evidence.served.get("queue_wait_s")), None, None),
        _of_table("driver CPU", "ratio", "driver", "cpu_ratio", 1.0, runs, peak, None),
        _of_table("driver memory", "bytes", "driver", "rss_bytes", memory_bytes, runs, None, None),
    ]
    waiting = _waiting(evidence)
    if waiting is not None:
        found.insert(
            2, _one("upstream queue", "count", waiting, None if queue is None else float(queue), None)
        )
    return tuple(item for item in found if item is not None)


def _of_table(
    resource: str, unit: str, table: str, column: str, available: float | None,
    runs: Sequence[tuple[float, Evidence]], peak: Peak | None, known: AtPeak | None,
) -> Headroom | None:  # fmt: skip
    """A resource that a table of the record samples; at the peak as `known`, else from the trials around it."""
    samples = [(rate, _sampled(run, table, column)) for rate, run in runs]
    samples = [(rate, values) for rate, values in samples if len(values)]
    at_peak = known
    if peak is not None and at_peak is None and samples:
        at_peak = by_trials(samples, peak.rate_per_s, peak.overloaded_per_s)
    return _one(resource, unit, _sampled(runs[0][1], table, column), available, at_peak)


def _queue_at(peak: Peak, evidence: Evidence, rate_per_s: float) -> AtPeak | None:
    """The calls under way at the peak by the upstream's queue; None where it is not known, or does not fit the run."""
    served = evidence.served
    in_use = _sampled(evidence, "driver", "busy_threads")
    if peak.workers is None or "service_s" not in served or not len(in_use):
        return None
    rows = served[(served["service_s"] > 0) & (served["arrived_s"] >= evidence.window.start_s)]
    if rows.empty or evidence.counted["attempts"].mean() > FEW_RETRIES:
        return None
    service_s = rows.sort_values("arrived_s")["service_s"].to_numpy(float)
    requests = len(rows) / (rate_per_s * evidence.window.length_s)
    upstream_s = float(rows["actual_delay_s"].median())
    other_s = max(0.0, float(evidence.counted["latency_s"].median()) - upstream_s)
    here = by_queue(service_s, peak.workers, rate_per_s * requests, other_s)
    used = quantile_of(np.sort(in_use), HIGH)
    if here.value is None or not FITS <= here.value / max(used, 1.0) <= 1 / FITS:
        return None
    return by_queue(service_s, peak.workers, peak.rate_per_s * requests, other_s)


def _waiting(evidence: Evidence) -> Floats | None:
    """How many requests waited in the upstream, at the moments at which one arrived."""
    served = evidence.served
    if served.empty or "queue_wait_s" not in served:
        return None
    rows = served.dropna(subset=["queue_wait_s"])
    arrived = np.sort(rows["arrived_s"].to_numpy(float))
    started = np.sort((rows["arrived_s"] + rows["queue_wait_s"]).to_numpy(float))
    waiting = np.arange(1, len(arrived) + 1) - np.searchsorted(started, arrived, side="right")
    return np.asarray(waiting, dtype=np.float64)


def _counted(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[evidence.window.holds(frame["at_s"])] if len(frame) else frame


def _sampled(evidence: Evidence, table: str, column: str) -> Floats:
    return _values(_counted(evidence, getattr(evidence, table)).get(column))


def _values(column: pd.Series[float] | None) -> Floats:
    return np.asarray([] if column is None else column.dropna(), dtype=np.float64)


def _one(
    resource: str, unit: str, seen: Floats, available: float | None, at_peak: AtPeak | None
) -> Headroom | None:
    if not len(seen):
        return None
    return Headroom(
        resource=resource,
        unit=unit,  # type: ignore[arg-type]
        used=quantile_of(np.sort(seen), HIGH),
        available=available,
        at_peak=at_peak,
        n=len(seen),
    )
