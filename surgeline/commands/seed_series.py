"""Runs with further seeds until every threshold is decided, for `run` and `gate`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Annotated

import typer

from harness.lab.plan import Plan
from harness.model.errors import ConfigError
from harness.model.scenario import MOST_SEED
from harness.model.verdict import Verdict
from harness.record.interrupted_run import RunInterrupted
from harness.record.reader import Record
from surgeline.commands.plans import recorded_run
from surgeline.render.console import err

UntilDecided = Annotated[
    bool,
    typer.Option("--until-decided", help="Repeat with further seeds until every threshold is decided."),
]
MaxMinutes = Annotated[
    float, typer.Option("--max-minutes", min=0.0, help="With --until-decided: start no run after this time.")
]
StopOnFail = Annotated[
    bool, typer.Option("--stop-on-fail", help="With --until-decided: end as soon as one threshold fails.")
]
RUNS_AT_MOST = 100
Judge = Callable[[list[Record], Verdict | None], Verdict]


@dataclass
class SeedSeries:
    """The runs of one plan with one seed after the other, and the verdict on all of them."""

    plan: Plan
    judge: Judge
    records: list[Record] = field(default_factory=list)
    verdict: Verdict | None = None

    def go_on(self, max_minutes: float, *, stop_on_fail: bool) -> Verdict:
        """Makes runs until all is decided, no minutes are left, or 100 are made. The first one is always made.

        An interrupted run is recorded, and ends the series: raises RunInterrupted.
        """
        began_s = monotonic()
        while True:
            seed = (self.plan.scenario.seed + len(self.records)) % (MOST_SEED + 1)
            verdict = self._add(seed)
            failed = stop_on_fail and verdict.kind == "fail"
            over = monotonic() - began_s >= 60.0 * max_minutes or len(self.records) >= RUNS_AT_MOST
            if failed or self.is_decided or over:
                return verdict

    @property
    def is_decided(self) -> bool:
        """Whether every threshold of the last verdict passed or failed."""
        from harness.analyse.verdict.seed_series import is_decided

        return self.verdict is not None and is_decided(self.verdict)

    def _add(self, seed: int) -> Verdict:
        scenario = self.plan.scenario.model_copy(update={"seed": seed})
        title = f"{len(self.records) + 1} {self.plan.policy.name}, seed {seed}"
        try:
            self.records.append(recorded_run(replace(self.plan, scenario=scenario), title))
        except RunInterrupted as interrupted:
            self.records.append(interrupted.record)
            err.print(f"The series ends after {_count(len(self.records) - 1, 'whole run')}.", soft_wrap=True)
            raise
        before, self.verdict = self.verdict, self.judge(self.records, self.verdict)
        counted = self.verdict is not before and not (
            self.verdict.kind == "inconclusive" and self.verdict.invalid
        )
        err.print(f"run {self.records[-1].run.id}: {self._progress(counted=counted)}", soft_wrap=True)
        return self.verdict

    def _progress(self, *, counted: bool) -> str:
        """What the last run added."""
        if not counted:
            return "does not count in this series, because it is not valid"
        margins = self.verdict.margins if self.verdict is not None else ()
        return f"{sum(m.verdict != 'inconclusive' for m in margins)} of {_count(len(margins), 'threshold')} decided"


def wants_series(until_decided: bool, stop_on_fail: bool) -> bool:
    """Whether a series is asked for. Raises ConfigError for `--stop-on-fail` alone."""
    if stop_on_fail and not until_decided:
        raise ConfigError("--stop-on-fail", "", "ends a series of runs: give --until-decided too")
    return until_decided


def series_of_runs(records: list[Record], before: Verdict | None) -> Verdict:
    """The verdict on the runs by their own SLO."""
    from harness.assess.runs import series_verdict

    return series_verdict(records, before)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
