"""A search for a better policy: the settings that are varied, the policies that were tried, and what the lab says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from harness.model.calibration import Calibration
from harness.model.policy import Policy
from harness.model.quantities import Unit
from harness.model.scenario import Scenario
from harness.model.verdict import Decision, Measurement, Verdict
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

SCHEMA = 1

Number = int | float
Settings = Mapping[str, Number]
"""Values of varied settings by their dotted name in the policy."""


class Objective(NamedTuple):
    """What a search improves. `before` and `incident` are the phases of a run before and from its first fault."""

    name: str
    unit: Unit
    title: str
    better: Literal["lower", "higher"]


GOODPUT = Objective("incident.goodput", "1/s", "Goodput in the incident", "higher")
LATENCY = Objective("before.latency.p99", "s", "Latency p99 before the incident", "lower")
AMPLIFICATION = Objective("amplification", "attempts/call", "Attempts per call", "lower")
OBJECTIVES = (GOODPUT, LATENCY, AMPLIFICATION)


class Knob(Frozen):
    """A setting of the policy that is varied from `low` to `high`; `whole` is for integers.

    With `log`, values are drawn evenly on a logarithmic scale.
    """

    key: str
    low: Number
    high: Number
    whole: bool = False
    log: bool = False

    @property
    def text(self) -> str:
        """As it is written: `timeout.read_s=0.1..2`."""
        return f"{self.key}={self.low:g}..{self.high:g}"


class TuneSpec(Frozen):
    """The specification of a search. `scenario` has the limit of amplification among its thresholds."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    knobs: tuple[Knob, ...]
    trials: int
    """How many policies are tried, beside those that show what a knob does; as many again at most until one passes."""
    seeds: int
    """With how many seeds each policy is simulated, from the scenario's own on."""
    confirm: int
    """How many of the best policies are run in the lab."""
    calibration: Calibration | None = None
    """What a call takes beyond its service time; None where that was assumed."""


class Candidate(Frozen):
    """A policy that was tried. Number 0 is the policy that one has, without changes.

    `predicted` has each objective, with the 95% band of a run. `beyond` has the thresholds that some simulated run
    does not pass, with the excess of its bound as a share of the limit; without entries every simulated run passes.
    `best` is whether no other policy is better in one objective and as good in the others, among those that pass.
    """

    number: int
    settings: dict[str, Number] = Field(default_factory=dict)
    predicted: dict[str, Measurement]
    beyond: dict[str, float] = Field(default_factory=dict)
    best: bool = False

    @property
    def keeps(self) -> bool:
        """Whether every simulated run passes."""
        return not self.beyond


class LabCheck(Frozen):
    """The run of one candidate in the lab. `against` are objectives in which the lab shows the opposite of the twin."""

    number: int
    policy: str
    run: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    seed: int
    verdict: Verdict
    measured: dict[str, Measurement]
    against: tuple[str, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether the run passed, and does not contradict the twin."""
        return self.verdict.kind == "pass" and not self.against


class Tuning(Frozen):
    """The result of a search so far; `tuning.json` of its folder.

    `refused` are knobs that the scenario cannot tell apart; they keep the policy's value. `left_out` are thresholds
    that the twin does not judge. `checks` are the runs in the lab, that of the policy one has first. `winner` is the
    number of the confirmed candidate, None without one.
    """

    id: str
    schema_version: int = SCHEMA
    state: Literal["live", "complete", "interrupted"]
    spec: TuneSpec
    started_at: Annotated[datetime, Field(strict=False)]
    refused: tuple[Knob, ...] = ()
    left_out: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    chosen: tuple[int, ...] = ()
    checks: tuple[LabCheck, ...] = ()
    decision: Decision | None = None
    winner: int | None = None
    command: str = ""

    def candidate(self, number: int) -> Candidate | None:
        """The candidate of this number."""
        return next((each for each in self.candidates if each.number == number), None)

    def check(self, number: int) -> LabCheck | None:
        """The run in the lab of the candidate of this number."""
        return next((each for each in self.checks if each.number == number), None)
