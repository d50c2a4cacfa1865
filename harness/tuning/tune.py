"""A search from its specification to its result: screening, trials, front, lab; with a file after every step."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.inputs.varied_policies import with_settings
from harness.lab.plan import Plan
from harness.model.calibration import overhead_of
from harness.model.errors import ConfigError
from harness.model.scenario import Scenario
from harness.model.tuning import Candidate, Knob, Settings, TuneSpec, Tuning
from harness.record.reader import Record, open_run
from harness.record.result_store import TUNINGS
from harness.tuning.confirmation import checked, compared, plan_of, winner_of
from harness.tuning.front import in_order, pareto_front, simplest, told_apart
from harness.tuning.objectives import judged, simulated
from harness.tuning.screening import refused_knobs
from harness.tuning.search import searched
from harness.tuning.trial import Play, TwinTrial, candidate_of
from harness.twin.sweep import BackendName, Sweep, SweepCell, sweeping

PREDICTED_ONLY = 3
"""How many policies are chosen where none is to be run."""
Make = Callable[[Plan], Record]
"""Makes a run in the lab."""
Notice = Callable[[Tuning], None]
"""Is called after every step."""


def tune(
    spec: TuneSpec,
    root: Path,
    make: Make,
    notice: Notice = lambda _: None,
    backend: BackendName = "loky",
    cluster: str = "",
    interrupted: Tuning | None = None,
) -> Tuning:
    """Searches, confirms, and returns the result, which is kept under `root`, the folder of runs.

    The policies are simulated by joblib's `backend`, over the cluster at this address where it is one. Of an
    `interrupted` search the missing runs are made; where it had not chosen policies yet, it begins anew under its name.
    Raises ConfigError where the scenario cannot tell any knob apart, or is not modelled, or the cluster cannot be used,
    and what a run raises.
    """
    with _playing(spec, backend, cluster) as play:
        return tune_by(play, spec, root, make, notice, interrupted)


def tune_by(
    play: Play, spec: TuneSpec, root: Path, make: Make, notice: Notice, interrupted: Tuning | None = None
) -> Tuning:
    """The same, where `play` plays the policies."""
    if interrupted is not None and interrupted.chosen:
        search = _Search(spec, play, root, notice, interrupted.model_copy(update={"state": "live"}))
    else:
        refused, shown = refused_knobs(spec.knobs, play)
        search = _Search(spec, play, root, notice, _begun(spec, refused, interrupted), shown=shown)
        search.tried(shown[:1])
    try:
        return search.to_its_end(make)
    except BaseException:
        search.keep(state="interrupted")
        raise


def _begun(spec: TuneSpec, refused: list[Knob], again: Tuning | None) -> Tuning:
    if len(refused) == len(spec.knobs):
        keys = ", ".join(knob.text for knob in refused)
        problem = "changes nothing that the scenario can tell apart; vary another setting, or choose another scenario"
        raise ConfigError("--vary", keys, problem)
    started_at, held = again.started_at if again else datetime.now(UTC), judged(spec.scenario)
    return Tuning(
        id=again.id if again else TUNINGS.name(spec, started_at),
        state="live",
        spec=spec,
        started_at=started_at,
        refused=tuple(refused),
        left_out=tuple(t.text for t in spec.scenario.slo.parsed if t not in held),
        command=again.command if again else shlex.join(["surgeline", *sys.argv[1:]]),
    )


@contextmanager
def _playing(spec: TuneSpec, backend: BackendName, cluster: str) -> Iterator[Play]:
    """Gives the function that plays policies with all seeds."""
    seeded = [spec.scenario.model_copy(update={"seed": spec.scenario.seed + i}) for i in range(spec.seeds)]
    with sweeping(backend, cluster, measure=simulated) as sweep:
        yield lambda many: _played(many, spec, seeded, sweep)


def _played(
    many: Sequence[Settings], spec: TuneSpec, seeded: Sequence[Scenario], sweep: Sweep
) -> list[TwinTrial]:
    policies, overhead_s = [with_settings(spec.policy, each) for each in many], overhead_of(spec.calibration)
    cells = [SweepCell(each, seed, spec.upstream, overhead_s) for each in policies for seed in seeded]
    values = sweep(cells)
    return [TwinTrial(settings, tuple(next(values) for _ in seeded)) for settings in many]


@dataclass
class _Search:
    """The trials of one search, and its result so far."""

    spec: TuneSpec
    play: Play
    root: Path
    notice: Notice
    found: Tuning
    trials: list[TwinTrial] = field(default_factory=list)
    shown: Sequence[TwinTrial] = ()
    """Those that show what a knob does, the policy's own first."""

    def __post_init__(self) -> None:
        self.found = TUNINGS.claim(self.root, self.found)

    def to_its_end(self, make: Make) -> Tuning:
        """Tries and chooses, where that has not been done; confirms."""
        if not self.found.chosen:
            knobs = [knob for knob in self.spec.knobs if knob not in self.found.refused]
            for batch in searched(knobs, self.spec.scenario, self.spec.trials, self.play, self.shown):
                self.tried(batch)
            self.choose()
        self.confirm(make)
        return self.keep(state="complete")

    def keep(self, **changes: object) -> Tuning:
        """The result with these changes, in its file."""
        self.found = self.found.model_copy(update=changes)
        TUNINGS.save(self.root, self.found)
        self.notice(self.found)
        return self.found

    def tried(self, batch: list[TwinTrial]) -> list[Candidate]:
        """Adds trials as candidates, of which the best are marked anew."""
        self.trials += batch
        front = set(pareto_front(self.trials, self.spec.scenario))
        new = [
            candidate_of(number, trial, self.spec.scenario)
            for number, trial in enumerate(
                self.trials[len(self.found.candidates) :], len(self.found.candidates)
            )
        ]
        both = (*self.found.candidates, *new)
        self.keep(candidates=tuple(c.model_copy(update={"best": c.number in front}) for c in both))
        return new

    def choose(self) -> None:
        """Chooses the policies to confirm: the first ones of the front that differ, with as few changes as possible."""
        own, chosen = self.trials[0], list[TwinTrial]()
        order = in_order(self.trials, pareto_front(self.trials, self.spec.scenario))
        for trial in [self.trials[place] for place in order]:
            if len(chosen) == (self.spec.confirm or PREDICTED_ONLY):
                break
            if told_apart(trial, (own, *chosen)):
                simple = simplest(trial, own, self.spec.scenario, self.play)
                if told_apart(simple, (own, *chosen)):
                    chosen.append(simple)
        self.tried([trial for trial in chosen if trial not in self.trials])
        self.keep(chosen=tuple(self.trials.index(trial) for trial in chosen))

    def confirm(self, make: Make) -> None:
        """Runs the policy that one has and the chosen ones in the lab, one after the other, but those that were run."""
        numbers = (0, *self.found.chosen) if self.spec.confirm and self.found.chosen else ()
        shown = self.play([self.found.candidates[number].settings for number in numbers])
        records = [open_run(self.root / check.run) for check in self.found.checks]
        for number, trial in list(zip(numbers, shown, strict=True))[len(records) :]:
            candidate = self.found.candidates[number]
            records.append(make(plan_of(self.spec, candidate)))
            check = checked(candidate, records[-1])
            if number:
                check = compared(check, self.found.checks[0], trial, shown[0])
            self.keep(checks=(*self.found.checks, check))
        if records:
            decision, winner = winner_of(self.found.checks, records)
            self.keep(decision=decision, winner=winner)
