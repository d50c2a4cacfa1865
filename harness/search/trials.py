"""Makes one trial of a search: a run of its own, from a rested start, cut short when it is lost."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep

from harness import lab
from harness.conduct import Enough, Watcher
from harness.model.errors import BadInput
from harness.model.order import Progress
from harness.model.range import Probe, Quest, Trial
from harness.model.scenario import Scenario
from harness.model.slo import Slo
from harness.record.reader import Record

# harness.analyse is imported where it is used: pandas and scipy take longer than the rest of a command.

REST_S = 3.0
DRAIN_S = 5.0
PATIENCE_S, BUSY_PERCENT = 8.0, 60.0
HOPELESS = "hopeless: calls pile up and all of them are late"


class Lookout:
    """Follows a live trial and ends it when it is hopeless; `ended_s` is how long journeys arrived."""

    def __init__(self, probe: Probe, slo: Slo, watch: Watcher) -> None:
        self._rate_per_s, self._watch = probe.rate_per_s, watch
        self._limit_s = _tightest_s(slo)
        self._in_flight: list[float] = []
        self.ended_s = probe.warmup_s + probe.counted_s

    def __call__(self, second: Progress) -> None:
        """Looks at one second. Raises Enough when the trial is hopeless."""
        from harness.analyse.hopeless import hopeless

        self._watch(second)
        if second.draining:
            return
        self._in_flight.append(float(second.busy_threads + second.queued_journeys))
        if hopeless(self._in_flight, self._rate_per_s, self._limit_s):
            self.ended_s = second.at_s
            raise Enough(HOPELESS)


def make(
    quest: Quest, probe: Probe, root: Path, watch: Watcher, listed_in: Path | None = None
) -> tuple[Trial, Record]:
    """Makes the trial and returns it with its run, recorded under `root`. Raises BadInput and lab.Interrupted.

    `listed_in` is the folder of runs whose listings Prometheus reads, where `root` is a range's in it.
    """
    from harness.analyse.trial import tried

    slo = quest.scenario.slo.model_copy(update={"warmup_s": probe.warmup_s})
    scenario = _steady(quest.scenario, probe, slo)
    lookout = Lookout(probe, slo, watch)
    record = _run(quest, scenario, root, lookout, listed_in)
    cut_short = record.end.reason if record.end is not None else ""
    if cut_short and cut_short != HOPELESS:
        raise BadInput(record.run.id, "", f"did not end well: {cut_short}; surgeline range --resume goes on")
    seen = lab.evidence(record)
    return tried(seen, probe, record.run.id, lookout.ended_s, cut_short), record


def trigger(quest: Quest, probe: Probe, root: Path, watch: Watcher, listed_in: Path | None = None) -> Trial:
    """Makes one trigger test at the probe's rate."""
    from harness.analyse.trigger import length_s, trigger_of, triggered, within_s

    faults, limit_s = trigger_of(quest.scenario, quest.policy), within_s(quest.scenario.slo)
    load_s = length_s(faults, limit_s)
    probe = probe.model_copy(update={"counted_s": load_s, "warmup_s": 0.0})
    slo = Slo(warmup_s=0.0, thresholds=(f"recovery < {limit_s:g}s",))
    scenario = _steady(quest.scenario, probe, slo).model_copy(update={"timeline": faults})
    record = _run(quest, scenario, root, watch, listed_in)
    return triggered(lab.evidence(record), probe, record.run.id, load_s, limit_s)


def _run(quest: Quest, scenario: Scenario, root: Path, watch: Watcher, listed_in: Path | None) -> Record:
    """A run against an upstream of its own, which starts empty; somebody else's gets a rest before.

    It waits a little for a machine that others keep busy.
    """
    if quest.target:
        sleep(REST_S)
    _wait_for_quiet()
    plan = lab.Plan(quest.policy, scenario, quest.upstream, quest.target, quest.allowed_targets)
    return lab.run(plan, root, watch, listed_in=listed_in)


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
