"""Whether a started service had no processor time left while its dependency had: a finding about the service.

One Python process runs one thread at a time, so its limit is one core, however many the machine has.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.evidence import Evidence
from harness.model.formatting import format_share
from harness.model.verdict import Verdict

CPU_BOUND = "cpu-bound before the dependency"
LIMIT = 0.9
_FEWEST_SAMPLES = 3


def with_finding(verdict: Verdict, runs: Sequence[Evidence]) -> Verdict:
    """The verdict on these runs, with the finding of the first that has one as the first of its reasons."""
    found = next(filter(None, map(cpu_bound_reason, runs)), None)
    return verdict if found is None else verdict.model_copy(update={"reasons": (found, *verdict.reasons)})


def cpu_bound_reason(evidence: Evidence) -> str | None:
    """The finding in a sentence; None where the service had processor time left, or its dependency was busy too."""
    rows = evidence.service[evidence.window.holds(evidence.service["at_s"])]
    busiest = rows.groupby("at_s")["cpu_ratio"].max()
    if len(busiest) < _FEWEST_SAMPLES or busiest.mean() < LIMIT:
        return None
    busy = _dependency_busy(evidence)
    if busy is not None and busy >= LIMIT:
        return None
    dependency = (
        "" if busy is None else f", and its dependency's workers were busy {format_share(busy)} of the time"
    )
    return (
        f"{CPU_BOUND}: the busiest process of the service used {format_share(float(busiest.mean()))} of a core "
        f"(mean of {len(busiest)} samples){dependency}; no policy changes that: give the service more processes, make "
        "its code cheaper, or lower the rate"
    )


def _dependency_busy(evidence: Evidence) -> float | None:
    """The share of the counted time in which the upstream's workers were busy; None where it has no such limit."""
    served, workers = evidence.served, evidence.upstream_workers
    if not workers or "service_s" not in served:
        return None
    counted = served[evidence.window.holds(served["arrived_s"])]
    return float(counted["service_s"].sum()) / (workers * evidence.window.length_s)
