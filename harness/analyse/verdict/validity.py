"""Whether a run is valid: generator and upstream kept their times, so that the numbers are the policy's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from harness.analyse.evidence import Evidence
from harness.analyse.measure.columns import is_reported
from harness.analyse.stats.quantiles import quantile_of
from harness.model.formatting import format_share, format_value
from harness.model.quantities import SLO_DURATIONS
from harness.model.slo import Slo

BUSY = 0.9
STARVED = 0.1
DISTURBED_S = 1.1
LARGEST_UNREPORTED_SHARE = 0.01
"""Of a started service's calls; above it even the bounds of a p99 inside the service are unknown."""
_LEAST_BOUND_S = 0.005
Side = Literal["driver", "upstream"]


def lateness_bound_s(slo: Slo) -> float:
    """Seconds by which generator and upstream may miss their own times: 10% of the tightest limit of latency.

    Without such a limit it is 10% of the tightest one of another duration. It is never below 5 ms, which an ordinary
    kernel's scheduler needs for itself.
    """
    limits = [t for t in slo.parsed if t.quantity in SLO_DURATIONS and t.upper and not t.relative]
    of_latency = [t for t in limits if t.quantity == "latency"]
    return max(_LEAST_BOUND_S, 0.1 * min((t.limit for t in of_latency or limits), default=0.0))


@dataclass(frozen=True, slots=True)
class InvalidReason:
    """Why a run's numbers are not the policy's: which side of the lab disturbed them, and how, in words."""

    side: Side
    text: str


def late_reasons(evidence: Evidence) -> list[InvalidReason]:
    """By how much generator and upstream were late, where that is more than the thresholds allow for."""
    found = [_late_calls(evidence), _late_timer(evidence), _upstream(evidence)]
    return [reason for reason in found if reason is not None]


def invalid_reasons(evidence: Evidence) -> list[InvalidReason]:
    """Reasons for which the run's numbers may not be the policy's; empty when it is valid."""
    busy = busy_reason(evidence)
    return [*late_reasons(evidence), *([] if busy is None else [busy])]


def undisturbed(evidence: Evidence) -> pd.Series[bool]:
    """Which calls were scheduled while generator and upstream kept their times, for the index of `evidence.calls`.

    A stall of the machine disturbs the calls scheduled from a second before it is recorded until then: the driver
    records its worst timer delay once a second. A call that was itself dispatched late is disturbed too.
    """
    bound_s, calls = lateness_bound_s(evidence.slo), evidence.calls
    kept = calls["schedule_lag_s"] <= bound_s
    noted_s = np.sort(evidence.driver["at_s"][evidence.driver["late_s"] > bound_s].to_numpy(float))
    if len(noted_s):
        scheduled_s = calls["scheduled_s"].to_numpy(float)
        following = np.searchsorted(noted_s, scheduled_s)
        next_s = np.append(noted_s, np.inf)[following]
        kept &= next_s - scheduled_s > DISTURBED_S
    return kept


def lasting_invalid_reasons(evidence: Evidence) -> list[InvalidReason]:
    """Reasons that invalidate a whole run, even without the calls disturbed by a stall."""
    return [reason for reason in (busy_reason(evidence), _upstream(evidence)) if reason is not None]


def _late_calls(evidence: Evidence) -> InvalidReason | None:
    lag_s, bound_s = _high(evidence.counted["schedule_lag_s"], 0.99), lateness_bound_s(evidence.slo)
    return _late("the generator dispatched calls late: p99(schedule_lag) is", lag_s, bound_s, "driver")


def _late_timer(evidence: Evidence) -> InvalidReason | None:
    """The p95 of the timer delay, over samples of the worst delay in a second, so that one stall does not decide."""
    late_s, bound_s = _high(_counted(evidence)["late_s"], 0.95), lateness_bound_s(evidence.slo)
    return _late("the driver's timer fired late: the p95 of its delay is", late_s, bound_s, "driver")


def busy_reason(evidence: Evidence) -> InvalidReason | None:
    """That the driver used nearly all of its core, so that it measured its own times; None when it did not."""
    rows = _counted(evidence)["cpu_ratio"].dropna()
    ratio = float(rows.mean()) if len(rows) else 0.0
    if ratio <= BUSY:
        return None
    text = (
        f"the driver used {ratio:.0%} of its core (mean of {len(rows):,} samples), and at most {BUSY:.0%} is "
        "valid; lower the rate or use more processes"
    )
    return InvalidReason("driver", text)


def starved_reason(evidence: Evidence) -> InvalidReason | None:
    """That other programs left the driver less of a core than it needed; None when they did not, or it is unknown.

    What the driver cannot do in a second it does in a later one, so the delays add up beyond every single lateness.
    """
    rows = _counted(evidence)
    if "core_wait_ratio" not in rows:
        return None
    seen = rows[["cpu_ratio", "core_wait_ratio"]].dropna()
    if seen.empty:
        return None
    used, waited = (float(seen[name].mean()) for name in ("cpu_ratio", "core_wait_ratio"))
    if waited <= STARVED or used + waited <= BUSY:
        return None
    text = (
        f"other programs used the machine: the driver used {used:.0%} of a core and waited for one {waited:.0%} of "
        "the time; run it again while they do not"
    )
    return InvalidReason("driver", text)


def unreported_reason(evidence: Evidence) -> str | None:
    """That a started service has reported too few of its calls to say what happened inside it; None when it has."""
    reported = is_reported(evidence.counted)
    share = 1 - float(reported.mean()) if len(reported) else 0.0
    if share <= LARGEST_UNREPORTED_SHARE:
        return None
    return (
        f"the service has not reported {format_share(share)} of the calls, so their attempts and waits are unknown, "
        f"and at most {format_share(LARGEST_UNREPORTED_SHARE)} is valid; see the run's events for processes that ended"
    )


def _upstream(evidence: Evidence) -> InvalidReason | None:
    served = evidence.served[evidence.served["arrived_s"] >= evidence.window.start_s]
    late_s = _high(served["actual_delay_s"] - served["intended_delay_s"], 0.95)
    bound_s = lateness_bound_s(evidence.slo)
    return _late(
        "the upstream responded later than its settings require: the p95 of the delay is",
        late_s,
        bound_s,
        "upstream",
    )


def _late(problem: str, late_s: float, bound_s: float, side: Side) -> InvalidReason | None:
    if late_s <= bound_s:
        return None
    late, bound = format_value(late_s, "s"), format_value(bound_s, "s")
    text = f"{problem} {late}, and at most {bound} is valid; lower the rate or give the {side} its own core"
    return InvalidReason(side, text)


def _counted(evidence: Evidence) -> pd.DataFrame:
    rows = evidence.driver
    return rows[evidence.window.holds(rows["at_s"])]


def _high(values: pd.Series[float], quantile: float) -> float:
    seen = values.dropna().to_numpy(float)
    return quantile_of(np.sort(seen), quantile) if len(seen) else 0.0
