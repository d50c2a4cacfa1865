"""Makes one trial of a search: a run against an empty upstream, ended early when its backlog is unbounded."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

from harness.lab.conductor import AbortRun, Watcher
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.driver_messages import Progress
from harness.model.ending import Aborted, early_end_text
from harness.model.errors import RecordError
from harness.model.range import Probe, SearchSpec, Trial
from harness.model.scenario import Scenario
from harness.model.slo import Slo
from harness.record.reader import Record

# harness.analyse is imported where it is used: pandas and scipy take longer than the rest of a command.

REST_S = 3.0
DRAIN_S = 5.0
PATIENCE_S, BUSY_PERCENT = 8.0, 60.0


class EarlyStop:
    """Follows a live trial and ends it when its backlog is unbounded; `ended_s` is how long journeys arrived."""

    def __init__(self, probe: Probe, slo: Slo, watch: Watcher) -> None:
        self._rate_per_s, self._watch = probe.rate_per_s, watch
        self._limit_s = _tightest_s(slo)
        self._in_flight: list[float] = []
        self.ended_s = probe.warmup_s + probe.counted_s

    def __call__(self, second: Progress) -> None:
        """Checks one second. Raises AbortRun when the backlog grows without bound."""
        from harness.analyse.range.early_stop import backlog_is_unbounded

        self._watch(second)
        if second.draining:
            return
        self._in_flight.append(float(second.busy_threads + second.queued_journeys))
        if backlog_is_unbounded(self._in_flight, self._rate_per_s, self._limit_s):
            self.ended_s = second.at_s
            raise AbortRun(Aborted(cause="unbounded backlog"))


def make_trial(
    spec: SearchSpec, probe: Probe, root: Path, watch: Watcher, listed_in: Path | None = None
) -> tuple[Trial, Record]:
    """Makes the trial and returns it with its run, recorded under `root`.

    Raises what `run_plan` raises, and RecordError for a run that something else cut short.
    `listed_in` is the folder of runs whose listings Prometheus reads, where `root` is a range's folder in it.
    """
    from harness.analyse.range.trial import trial_of
    from harness.assess.runs import evidence_of

    slo = spec.scenario.slo.model_copy(update={"warmup_s": probe.warmup_s})
    scenario = _steady(spec.scenario, probe, slo)
    lookout = EarlyStop(probe, slo, watch)
    record = _run(spec, scenario, root, lookout, listed_in)
    seen = evidence_of(record)
    cut_short = "" if seen.early is None else early_end_text(seen.early)
    if seen.early is not None and not isinstance(seen.early, Aborted):
        raise RecordError(
            record.run.id,
            "",
            f"was cut short: {cut_short}; continue the search with surgeline range --resume",
        )
    return trial_of(seen, probe, record.run.id, lookout.ended_s, cut_short), record


def make_trigger_test(
    spec: SearchSpec, probe: Probe, root: Path, watch: Watcher, listed_in: Path | None = None
) -> Trial:
    """Makes one trigger test at the probe's rate."""
    from harness.analyse.range.trigger_test import length_s, trigger_faults, trigger_trial, within_s
    from harness.assess.runs import evidence_of

    faults, limit_s = trigger_faults(spec.scenario, spec.policy), within_s(spec.scenario.slo)
    load_s = length_s(faults, limit_s)
    probe = probe.model_copy(update={"counted_s": load_s, "warmup_s": 0.0})
    slo = Slo(warmup_s=0.0, thresholds=(f"recovery < {limit_s:g}s",))
    scenario = _steady(spec.scenario, probe, slo).model_copy(update={"timeline": faults})
    record = _run(spec, scenario, root, watch, listed_in)
    return trigger_trial(evidence_of(record), probe, record.run.id, load_s, limit_s)


def _run(spec: SearchSpec, scenario: Scenario, root: Path, watch: Watcher, listed_in: Path | None) -> Record:
    """A run against its own upstream, which starts empty; before load on an external target there is a pause.

    It waits for a limited time while the machine is busy.
    """
    if spec.target:
        sleep(REST_S)
    _wait_for_quiet()
    plan = Plan(spec.policy, scenario, spec.upstream, spec.target, spec.allowed_targets)
    return run_plan(plan, root, watch, listed_in=listed_in)


def _wait_for_quiet() -> None:
    import psutil

    until_s = monotonic() + PATIENCE_S
    while psutil.cpu_percent(interval=0.5) > BUSY_PERCENT and monotonic() < until_s:
        pass


def _steady(scenario: Scenario, probe: Probe, slo: Slo) -> Scenario:
    """The scenario at one rate, without its timeline."""
    duration_s = probe.warmup_s + probe.counted_s
    arrivals = [{"rate_per_s": probe.rate_per_s, "duration_s": duration_s, "spacing": _spacing(scenario)}]
    steady = Scenario.model_validate(
        {
            "name": scenario.name,
            "upstream": scenario.upstream,
            "journey": scenario.journey,
            "arrivals": tuple(arrivals),
        }
    )
    return scenario.model_copy(
        update={
            "arrivals": steady.arrivals,
            "timeline": (),
            "slo": slo,
            "drain_s": min(scenario.drain_s, DRAIN_S),
        }
    )


def _spacing(scenario: Scenario) -> str:
    return str(getattr(scenario.arrivals[0], "spacing", "poisson"))


def _tightest_s(slo: Slo) -> float:
    limits = [t.limit for t in slo.parsed if t.quantity == "latency" and t.upper and not t.relative]
    return min(limits, default=1.0)
