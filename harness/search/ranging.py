"""Finds a policy's safe operating range: trials until it is known, the trigger test, and a file after every step."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness import lab
from harness.conduct import Watcher
from harness.model.errors import BadInput
from harness.model.range import Headroom, OperatingRange, Probe, Quest, Trial
from harness.record.reader import Record, open_run
from harness.search import trials as trial_runs
from harness.search.folder import range_id, save

if TYPE_CHECKING:
    from harness.analyse.steps import Found, Pace

FIRST_SHARE = 0.5
FIRST_PER_S = 50.0

Follow = Callable[[Probe, OperatingRange], AbstractContextManager[Watcher]]
"""Told before each trial; gives a watcher for its seconds."""


def begin(quest: Quest) -> OperatingRange:
    """An empty range. Raises BadInput for a scenario whose SLO can't be searched along the rate."""
    from harness.analyse.trial import searchable

    held = [t.text for t in searchable(quest.scenario.slo)]
    left_out = tuple(text for text in quest.scenario.slo.thresholds if text not in held)
    if not held:
        raise BadInput(
            quest.scenario.name,
            "slo.thresholds",
            "has nothing that a search along the rate can hold; add a limit of latency, errors or amplification",
        )
    if quest.scenario.closed is not None:
        raise BadInput(quest.scenario.name, "arrivals", "is closed-loop; a range needs arrivals with a rate")
    started_at = datetime.now(UTC)
    return OperatingRange(
        id=range_id(quest, started_at),
        state="live",
        quest=quest,
        started_at=started_at,
        kind="unfinished",
        answer="the search is not over",
        left_out=tuple(text for text in left_out if not text.startswith("recovery")),
        command=shlex.join(["surgeline", *sys.argv[1:]]),
    )


def find(found: OperatingRange, root: Path, follow: Follow) -> OperatingRange:
    """Goes on with a range until it is complete; `root` is the folder of runs. Raises lab.Interrupted, BadInput."""
    found = found.model_copy(update={"state": "live"})
    folder = save(root, found)
    try:
        while (probe := next_probe(found)) is not None:
            with follow(probe, found) as watch:
                trial = _made(found.quest, probe, folder, watch)
            found = judged(found.model_copy(update={"trials": (*found.trials, trial)}))
            save(root, found)
    except (KeyboardInterrupt, lab.Interrupted):
        save(root, found.model_copy(update={"state": "interrupted"}))
        raise
    found = judged(found).model_copy(update={"state": "complete", "headroom": _headroom(found, folder)})
    save(root, found)
    return found


def next_probe(found: OperatingRange) -> Probe | None:
    """The next trial of the search, then of the trigger test; None when all is known."""
    from harness.analyse.steps import next_step
    from harness.analyse.trigger import next_rate

    quest, made = found.quest, list(found.trials)
    step = next_step(made, _pace(quest))
    if isinstance(step, Probe):
        return step
    if step.kind not in {"bounded", "open"} or quest.target or not quest.trigger:
        return None
    rate = next_rate(made, step.rate_per_s, quest.policy)
    return None if rate is None else Probe(purpose="trigger", rate_per_s=rate, warmup_s=0.0, counted_s=0.0)


def judged(found: OperatingRange) -> OperatingRange:
    """The range with everything that follows from its trials."""
    from harness.analyse.answer import answer, bands_of, limit_of
    from harness.analyse.steps import next_step
    from harness.analyse.trial import first_breach
    from harness.analyse.trigger import stable_up_to, trigger_of, within_s, words

    quest, made = found.quest, list(found.trials)
    step = next_step(made, _pace(quest)) if made else None
    end: Found | None = None if step is None or isinstance(step, Probe) else step
    limit = limit_of(made, end)
    triggered = any(t.purpose == "trigger" and not t.void for t in made)
    well = stable_up_to(made, limit.value) if limit is not None and triggered else None
    faults = trigger_of(quest.scenario, quest.policy)
    untested = "not tested: " + (
        "a target of its own takes no faults" if quest.target else "it was not asked for"
    )
    trigger = words(faults, within_s(quest.scenario.slo)) if quest.trigger and not quest.target else untested
    return found.model_copy(
        update={
            "kind": end.kind if end is not None else "unfinished",
            "answer": answer(end, made, limit, well),
            "stable_up_to": limit,
            "first_breach": first_breach(made),
            "bands": bands_of(made, limit, well),
            "trigger": trigger,
        }
    )


def _made(quest: Quest, probe: Probe, folder: Path, watch: Watcher) -> Trial:
    if probe.purpose == "trigger":
        return trial_runs.trigger(quest, probe, folder, watch, folder.parent)
    return trial_runs.make(quest, probe, folder, watch, folder.parent)[0]


def _pace(quest: Quest) -> Pace:
    from dataclasses import replace

    from harness.analyse.steps import Pace

    rates = [getattr(phase, "rate_per_s", None) for phase in quest.scenario.arrivals]
    known = [rate for rate in rates if rate]
    first, ceiling = FIRST_SHARE * max(known) if known else FIRST_PER_S, quest.ceiling_per_s
    pace = Pace(first) if ceiling is None else Pace(min(first, ceiling), ceiling)
    return replace(pace, within=quest.within, most_s=quest.most_s)


def _headroom(found: OperatingRange, folder: Path) -> tuple[Headroom, ...]:
    from harness.analyse.headroom import headroom

    if found.stable_up_to is None:
        return ()
    rate, quest = found.stable_up_to.value, found.quest
    record = confirming(found, folder)
    if record is None:
        return ()
    service = quest.scenario.service
    return headroom(
        lab.evidence(record),
        rate,
        quest.scenario.expected_peak_per_s,
        service.threads * service.processes,
        quest.upstream.capacity.queue,
        _memory_bytes(),
    )


def confirming(found: OperatingRange, folder: Path) -> Record | None:
    """The run in the range's `folder` that confirmed its limit, None without one."""
    if found.stable_up_to is None:
        return None
    for trial in reversed(found.trials):
        at_limit = trial.purpose == "confirm" and trial.rate_per_s == found.stable_up_to.value
        if at_limit and (folder / trial.run).is_dir():
            return open_run(folder / trial.run)
    return None


def telling(found: OperatingRange, folder: Path) -> Record | None:
    """The run that tells most of the policy: the confirming one, else that of the last sound trial, else None."""
    record = confirming(found, folder)
    if record is not None:
        return record
    for trial in reversed(found.trials):
        if trial.purpose != "trigger" and not trial.void and (folder / trial.run / "run.json").exists():
            return open_run(folder / trial.run)
    return None


def _memory_bytes() -> int:
    import psutil

    return int(psutil.virtual_memory().total)


def trigger_at(quest: Quest, rate_per_s: float, root: Path, watch: Watcher) -> Trial:
    """The trigger test alone. Raises BadInput for a target, which takes no faults."""
    if quest.target:
        raise BadInput("--trigger-at", quest.target, "can't be given faults; leave --target out")
    probe = Probe(purpose="trigger", rate_per_s=rate_per_s, warmup_s=0.0, counted_s=0.0)
    return trial_runs.trigger(quest, probe, root, watch)


def known(found: OperatingRange) -> tuple[float, float] | None:
    """Between which rates the boundary lies with 90%; None before any sound trial broke the SLO."""
    from harness.analyse.boundary import believe
    from harness.analyse.steps import RISK

    sound = [t for t in found.trials if not t.void and t.purpose != "trigger"]
    if not any(t.breaks for t in sound):
        return None
    belief = believe(sound)
    return belief.quantile(RISK), belief.quantile(1 - RISK)


def tried(found: OperatingRange) -> tuple[float, float]:
    """The lowest and the highest rate that was tried, apart from each other."""
    rates = [t.rate_per_s for t in found.trials] or [1.0]
    return min(rates), max(*rates, min(rates) * 1.01)
