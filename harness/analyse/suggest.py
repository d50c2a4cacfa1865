"""Changes of a policy that a run's own measurements suggest: the pool, the retries, the timeouts.

- A pool of λS + 5·√(λS) connections, with the measured rate λ and hold time S, opens almost no new ones.
- With R retries a backlog drains only below μ / (1 + R); a retry budget bounds R for all calls together.
- A read timeout should be just above the slowest healthy responses: a longer one lets a slow upstream hold the threads.
"""

from __future__ import annotations

from math import ceil, log10

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.measurements import attempts_of
from harness.analyse.stats.effective_size import Floats
from harness.analyse.stats.intervals import mean_interval, quantile_interval
from harness.analyse.stats.quantiles import quantile_of
from harness.analyse.stats.queueing import pool_size, slots, storm_free_rate
from harness.analyse.verdict.phrasing import measurement_text
from harness.model.formatting import format_value
from harness.model.policy import Policy
from harness.model.suggestion import Suggestion
from harness.model.verdict import Measurement

CHURN = 0.02
FEWEST = 1000
LAVISH, ROOM = 8.0, 2.0
BUDGET = {"kind": "ratio", "ratio": 0.1}


def suggestions(policy: Policy, evidence: Evidence, capacity_per_s: float | None) -> list[Suggestion]:
    """The suggested changes, at most one of a kind; none for a team's own Sessions, or with too few measurements.

    `capacity_per_s` is what the upstream can serve, None when unknown.
    """
    attempts = attempts_of(evidence.counted, evidence.attempts)
    if policy.as_is or policy.factory is not None or len(attempts) < FEWEST or evidence.window.length_s <= 0:
        return []
    found = [
        _pool(policy, evidence, attempts),
        _retries(policy, evidence, capacity_per_s),
        _timeout(policy, attempts),
    ]
    return [suggestion for suggestion in found if suggestion is not None]


def capacity_of(served: pd.DataFrame, workers: int | None) -> float | None:
    """Requests a second that `workers` serve with the measured service time; None without workers or requests."""
    busy_s = served["service_s"][served["service_s"] > 0].to_numpy(float) if len(served) else np.zeros(0)
    return None if workers is None or not len(busy_s) else workers / float(busy_s.mean())


def _pool(policy: Policy, evidence: Evidence, attempts: pd.DataFrame) -> Suggestion | None:
    now = policy.adapter.pool_maxsize
    hold_s = (attempts["first_byte_s"] + attempts["body_s"] + attempts["drain_s"]).to_numpy(float)
    rate, churn = len(attempts) / evidence.window.length_s, float(attempts["new_connection"].mean())
    wanted = pool_size(rate, float(hold_s.mean()))
    if policy.session.scope != "process" or wanted <= now or churn < CHURN:
        return None
    low, high = mean_interval(hold_s, np.zeros(len(hold_s), dtype=np.int64))
    held = Measurement(name="hold", value=float(hold_s.mean()), unit="s", n=len(hold_s), low=low, high=high)
    return Suggestion(
        key="adapter.pool_maxsize",
        now=now,
        then=wanted,
        evidence=(
            f"Attempts hold a connection for {measurement_text(held)} at {format_value(rate, '1/s')}, "
            f"{slots(rate, float(hold_s.mean())):.1f} at a time on average, "
            f"and {format_value(churn, 'ratio')} of them opened a new one"
        ),
        expected="Almost no new connections are opened once the pool is full.",
        measurement="connections.opened_per_call",
    )


def _retries(policy: Policy, evidence: Evidence, capacity_per_s: float | None) -> Suggestion | None:
    retries = policy.retries_at_most
    if capacity_per_s is None or retries == 0 or policy.retry is None or policy.retry.budget is not None:
        return None
    rate = len(evidence.counted) / evidence.window.length_s
    storm_free = storm_free_rate(capacity_per_s, retries)
    if rate < storm_free:
        return None
    return Suggestion(
        key="retry.budget",
        now=None,
        then=BUDGET,
        evidence=(
            f"{format_value(rate, '1/s')} (n = {len(evidence.counted):,}) with up to {retries} retries: "
            f"a backlog drains only below {format_value(capacity_per_s, '1/s')} / {retries + 1} = "
            f"{format_value(storm_free, '1/s')}"
        ),
        expected="Retries stay below a tenth of the calls, so that a backlog drains.",
        measurement="amplification",
    )


def _timeout(policy: Policy, attempts: pd.DataFrame) -> Suggestion | None:
    now = policy.timeout.read_s
    healthy = attempts[(attempts["error"] == "") & (attempts["first_byte_s"] > 0)]
    answered_s: Floats = healthy["first_byte_s"].to_numpy(float)
    if len(answered_s) < FEWEST or policy.transport != "requests":
        return None
    slowest_s = quantile_of(np.sort(answered_s), 0.999)
    high_s = quantile_interval(answered_s, np.zeros(len(answered_s), dtype=np.int64), 0.99).high
    if high_s is None or (now is not None and slowest_s * ROOM <= now <= slowest_s * LAVISH):
        return None
    if now is not None and now < slowest_s * ROOM and not _timed_out(attempts):
        return None
    then = _round_up(max(ROOM * slowest_s, ROOM * high_s))
    setting = "There is no read timeout" if now is None else f"The read timeout is {now:g} s"
    return Suggestion(
        key="timeout.read_s",
        now=now,
        then=then,
        evidence=(
            f"{setting}, and 99.9% of responses begin within {format_value(slowest_s, 's')} "
            f"(p99 at most {format_value(high_s, 's')}, n = {len(answered_s):,})"
        ),
        expected="An upstream that hangs holds a thread no longer than the slowest healthy response takes.",
        measurement="latency.p99",
    )


def _timed_out(attempts: pd.DataFrame) -> bool:
    return bool((attempts["error"] != "").any())


def _round_up(seconds: float) -> float:
    """Up to two significant digits."""
    unit = 10.0 ** (ceil(log10(seconds)) - 2)
    return round(ceil(seconds / unit) * unit, 6)
