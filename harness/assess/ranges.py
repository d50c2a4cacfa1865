"""What follows from a range's trials: the conclusion, the headroom, and the most informative run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psutil

from harness.analyse.range.boundary import posterior
from harness.analyse.range.conclusion import bands_of, conclusion, limit_of
from harness.analyse.range.headroom import Peak, headroom
from harness.analyse.range.step_controller import RISK, Found, Pace, lower_probe, next_step
from harness.analyse.range.trial import first_breach
from harness.analyse.range.trigger_test import next_rate, stable_up_to, trigger_faults, trigger_text, within_s
from harness.assess.runs import evidence_of
from harness.model.range import Headroom, OperatingRange, Probe, SearchSpec, Trial
from harness.record.reader import Record, open_run

FIRST_SHARE = 0.5
FIRST_PER_S = 50.0


def concluded(found: OperatingRange) -> OperatingRange:
    """The range with everything that follows from its trials."""
    spec, made = found.spec, list(found.trials)
    step = next_step(made, pace_of(spec)) if made else None
    end: Found | None = None if step is None or isinstance(step, Probe) else step
    limit = limit_of(made, end, spec.horizon_s)
    triggered = any(t.purpose == "trigger" and not t.invalid for t in made)
    recovers = stable_up_to(made, limit.value) if limit is not None and triggered else None
    faults = trigger_faults(spec.scenario, spec.policy)
    untested = "not tested: " + (
        "faults cannot be added to an external target" if spec.target else "switched off by --no-trigger"
    )
    trigger = (
        trigger_text(faults, within_s(spec.scenario.slo)) if spec.trigger and not spec.target else untested
    )
    return found.model_copy(
        update={
            "kind": end.kind if end is not None else "unfinished",
            "answer": conclusion(end, made, limit, recovers),
            "stable_up_to": limit,
            "first_breach": first_breach(made),
            "bands": bands_of(made, limit, recovers),
            "trigger": trigger,
        }
    )


def next_probe(found: OperatingRange) -> Probe | None:
    """The next trial of the search, then of the trigger test, then below the rate that recovered; None at the end."""
    spec, made = found.spec, list(found.trials)
    step = next_step(made, pace_of(spec))
    if isinstance(step, Probe):
        return step
    if step.kind not in {"bounded", "open"} or spec.target or not spec.trigger:
        return None
    rate = next_rate(made, step.rate_per_s, spec.policy)
    if rate is not None:
        return Probe(purpose="trigger", rate_per_s=rate, warmup_s=0.0, counted_s=0.0)
    recovers = stable_up_to(made, step.rate_per_s)
    along = [t for t in made if not t.invalid and t.purpose != "trigger"]
    return lower_probe(recovers, along, pace_of(spec)) if recovers else None


def pace_of(spec: SearchSpec) -> Pace:
    rates = [getattr(phase, "rate_per_s", None) for phase in spec.scenario.arrivals]
    known = [rate for rate in rates if rate]
    first, ceiling = FIRST_SHARE * max(known) if known else FIRST_PER_S, spec.ceiling_per_s
    pace = Pace(first) if ceiling is None else Pace(min(first, ceiling), ceiling)
    return replace(pace, within=spec.within, most_s=spec.most_s, horizon_s=spec.horizon_s)


def headroom_of(found: OperatingRange, folder: Path) -> tuple[Headroom, ...]:
    if found.stable_up_to is None:
        return ()
    record = confirming_run(found, folder)
    if record is None:
        return ()
    service, spec = found.spec.scenario.service, found.spec
    return headroom(
        evidence_of(record),
        found.stable_up_to.value,
        _peak(found, folder),
        service.threads * service.processes,
        spec.upstream.capacity.queue,
        _memory_bytes(),
    )


def _peak(found: OperatingRange, folder: Path) -> Peak | None:
    """The expected peak with the trials next to it; the upstream's workers where they are one plain queue."""
    rate, capacity = found.spec.scenario.expected_peak_per_s, found.spec.upstream.capacity
    if not rate:
        return None
    valid = [t for t in found.trials if not t.invalid and t.purpose != "trigger"]
    plain = not found.spec.target and capacity.discipline == "fifo" and not capacity.brownout
    lost = [t.rate_per_s for t in valid if t.cut_short]
    return Peak(
        rate_per_s=rate,
        workers=capacity.workers if plain and not found.spec.upstream.region else None,
        trials=[(t.rate_per_s, evidence_of(open_run(folder / t.run))) for t in _next_to(rate, valid, folder)],
        overloaded_per_s=min(lost, default=None),
    )


def _next_to(rate_per_s: float, valid: list[Trial], folder: Path) -> list[Trial]:
    """The trials that kept the SLO at the next rate below and above, of which there is a run."""
    kept = [t for t in valid if not t.broke and (folder / t.run / "run.json").exists()]
    below = [t for t in kept if t.rate_per_s <= rate_per_s]
    above = [t for t in kept if t.rate_per_s >= rate_per_s]
    return [
        *sorted(below, key=lambda t: t.rate_per_s)[-1:],
        *sorted(above, key=lambda t: t.rate_per_s)[:1],
    ]


def confirming_run(found: OperatingRange, folder: Path) -> Record | None:
    """The run in the range's `folder` that confirmed its limit, None without one."""
    if found.stable_up_to is None:
        return None
    for trial in reversed(found.trials):
        at_limit = trial.purpose == "confirm" and trial.rate_per_s == found.stable_up_to.value
        if at_limit and (folder / trial.run).is_dir():
            return open_run(folder / trial.run)
    return None


def most_informative_run(found: OperatingRange, folder: Path) -> Record | None:
    """The most informative run: the confirming one, else that of the last valid trial, else None."""
    record = confirming_run(found, folder)
    if record is not None:
        return record
    for trial in reversed(found.trials):
        if trial.purpose != "trigger" and not trial.invalid and (folder / trial.run / "run.json").exists():
            return open_run(folder / trial.run)
    return None


def boundary_interval(found: OperatingRange) -> tuple[float, float] | None:
    """Between which rates the boundary lies with 90%; None before a valid trial broke the SLO."""
    valid = [t for t in found.trials if not t.invalid and t.purpose != "trigger"]
    if not any(t.breaks for t in valid):
        return None
    boundary = posterior(valid)
    return boundary.quantile(RISK), boundary.quantile(1 - RISK)


def tried_rates(found: OperatingRange) -> tuple[float, float]:
    """The lowest and the highest rate that was tried, apart from each other."""
    rates = [t.rate_per_s for t in found.trials] or [1.0]
    return min(rates), max(*rates, min(rates) * 1.01)


def _memory_bytes() -> int:
    return int(psutil.virtual_memory().total)
