"""How much of each resource a run at the stable limit used, and what the expected peak would take of it.

Resources that grow with the calls in flight (connections, threads) or with the calls (CPU) are scaled by the rate, by
Little's law below saturation; memory is not scaled.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.stats.quantiles import quantile_of
from harness.model.range import Headroom

HIGH = 0.99


def headroom(
    evidence: Evidence,
    rate_per_s: float,
    peak_per_s: float | None,
    threads: int,
    queue: int | None,
    memory_bytes: int | None,
) -> tuple[Headroom, ...]:
    """Connections, threads, the upstream's queue, the driver's CPU and memory; resources without samples are left out.

    `threads` are the service's, `queue` the length of the upstream's queue (None: unbounded or unknown).
    """
    driver, pool = _counted(evidence, evidence.driver), _counted(evidence, evidence.pool)
    scale = None if peak_per_s is None else peak_per_s / rate_per_s
    maxsize = float(pool["maxsize"].max()) if len(pool) else None
    found = [
        _one("connections", "count", pool.get("in_use"), maxsize, scale),
        _one("threads", "count", driver.get("busy_threads"), float(threads), scale),
        _one("upstream queue wait", "s", evidence.served.get("queue_wait_s"), None, None),
        _one("driver CPU", "ratio", driver.get("cpu_ratio"), 1.0, scale),
        _one("driver memory", "bytes", driver.get("rss_bytes"), memory_bytes, None if scale is None else 1.0),
    ]
    waiting = _waiting(evidence)
    if waiting is not None:
        found.insert(
            2, _one("upstream queue", "count", waiting, None if queue is None else float(queue), None)
        )
    return tuple(item for item in found if item is not None)


def _waiting(evidence: Evidence) -> pd.Series[float] | None:
    """How many requests waited in the upstream, at the moments at which one arrived."""
    served = evidence.served
    if served.empty or "queue_wait_s" not in served:
        return None
    rows = served.dropna(subset=["queue_wait_s"])
    arrived = np.sort(rows["arrived_s"].to_numpy(float))
    started = np.sort((rows["arrived_s"] + rows["queue_wait_s"]).to_numpy(float))
    return pd.Series(
        np.arange(1, len(arrived) + 1) - np.searchsorted(started, arrived, side="right"), dtype=float
    )


def _counted(evidence: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[evidence.window.holds(frame["at_s"])] if len(frame) else frame


def _one(
    resource: str, unit: str, values: pd.Series[float] | None, available: float | None, scale: float | None
) -> Headroom | None:
    seen = np.zeros(0) if values is None else values.dropna().to_numpy(float)
    if not len(seen):
        return None
    used = quantile_of(np.sort(seen), HIGH)
    return Headroom(
        resource=resource,
        unit=unit,  # type: ignore[arg-type]
        used=used,
        available=available,
        at_peak=None if scale is None else used * scale,
        n=len(seen),
    )
