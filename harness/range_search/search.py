"""Finds a policy's safe operating range: trials, then the trigger test, with a file after every step."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from harness.lab.conductor import Watcher
from harness.model.errors import ConfigError, TargetError
from harness.model.range import UNFINISHED, OperatingRange, Probe, SearchSpec, Trial
from harness.range_search import trials as trial_runs
from harness.record.interrupted_run import RunInterrupted
from harness.record.result_store import RANGES
from mock_upstream.process.stop_signals import Stopped

Follow = Callable[[Probe, OperatingRange], AbstractContextManager[Watcher]]
"""Called before each trial; returns a watcher for its seconds."""


def begin_range(spec: SearchSpec) -> OperatingRange:
    """An empty range. Raises ConfigError for a scenario whose SLO cannot be searched along the rate."""
    from harness.analyse.range.trial import covers_failures, searchable

    held = searchable(spec.scenario.slo)
    left_out = (t for t in spec.scenario.slo.parsed if t not in held and t.statistic != "recovery")
    if not held:
        raise ConfigError(
            spec.scenario.name,
            "slo.thresholds",
            "has no threshold that a search along the rate can use; add a limit of latency, errors or amplification",
        )
    if not covers_failures(spec.scenario.slo):
        raise ConfigError(
            spec.scenario.name,
            "slo.thresholds",
            "has no threshold that failed calls break, so that a range would count them as good; "
            'add a limit of errors, such as "ratio(error) < 1%"',
        )
    if spec.scenario.closed is not None:
        raise ConfigError(
            spec.scenario.name, "arrivals", "is closed-loop; a range needs arrivals with a rate"
        )
    started_at = datetime.now(UTC)
    return OperatingRange(
        id=RANGES.name(spec, started_at),
        state="live",
        spec=spec,
        started_at=started_at,
        kind="unfinished",
        answer=UNFINISHED,
        left_out=tuple(threshold.text for threshold in left_out),
        command=shlex.join(["surgeline", *sys.argv[1:]]),
    )


def search_range(found: OperatingRange, root: Path, follow: Follow) -> OperatingRange:
    """Continues a range until it is complete; `root` is the folder of runs. Raises what run_plan raises."""
    from harness.assess.ranges import concluded, headroom_of, next_probe

    found = RANGES.claim(root, found).model_copy(update={"state": "live"})
    folder = RANGES.save(root, found)
    try:
        while (probe := next_probe(found)) is not None:
            with follow(probe, found) as watch:
                trial = _made(found.spec, probe, folder, watch)
            found = concluded(found.model_copy(update={"trials": (*found.trials, trial)}))
            RANGES.save(root, found)
    except (KeyboardInterrupt, Stopped, RunInterrupted):
        RANGES.save(root, found.model_copy(update={"state": "interrupted"}))
        raise
    found = concluded(found).model_copy(update={"state": "complete", "headroom": headroom_of(found, folder)})
    RANGES.save(root, found)
    return found


def _made(spec: SearchSpec, probe: Probe, folder: Path, watch: Watcher) -> Trial:
    if probe.purpose == "trigger":
        return trial_runs.make_trigger_test(spec, probe, folder, watch, folder.parent)
    return trial_runs.make_trial(spec, probe, folder, watch, folder.parent)[0]


def trigger_at(spec: SearchSpec, rate_per_s: float, root: Path, watch: Watcher) -> Trial:
    """The trigger test alone. Raises TargetError for a target, which takes no faults."""
    if spec.target:
        raise TargetError("--trigger-at", spec.target, "cannot have faults; remove --target")
    probe = Probe(purpose="trigger", rate_per_s=rate_per_s, warmup_s=0.0, counted_s=0.0)
    return trial_runs.make_trigger_test(spec, probe, root, watch)
