"""A policy's safe operating range along the arrival rate: the trials, the three bands, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

SCHEMA = 2

Purpose = Literal["calibrate", "bracket", "bisect", "confirm", "trigger"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Probe(Frozen):
    """A trial that should be made: journeys arrive at `rate_per_s` for `warmup_s` and then `counted_s`."""

    purpose: Purpose
    rate_per_s: float
    warmup_s: float
    counted_s: float


class Trial(Frozen):
    """One probe as it went, reduced to what the search needs.

    Of `n` counted calls, worth `effective_n` independent ones, a share `bad_ratio` was beyond the threshold that came
    nearest to breaking (or broke most), which allows `allowed_ratio`; `seen_ratio` is the share that was really seen,
    where a calm trial is taken for worse than it looked. `limit_s` is that threshold's limit, or the
    latency's percentile where it limits no duration: by it, how long bursts last. `measured` is the threshold's
    measurement in words. `void` says why the trial doesn't count ("" when it does), `cut_short` why it ended early.
    """

    run: Annotated[str, Field(pattern=r"^(\w[\w.-]*)?$")] = ""
    purpose: Purpose
    rate_per_s: float
    load_s: float
    n: int
    bad_ratio: Ratio
    seen_ratio: Ratio | None = None
    allowed_ratio: Annotated[float, Field(gt=0, lt=1)]
    effective_n: float
    limit_s: float
    threshold: str = ""
    measured: str = ""
    invalid: str = ""
    cut_short: str = ""

    @property
    def breaks(self) -> bool:
        """True when more calls are taken to be bad than the threshold allows."""
        return self.bad_ratio > self.allowed_ratio

    @property
    def broke(self) -> bool:
        """True when more calls were seen to be bad than the threshold allows."""
        return (self.bad_ratio if self.seen_ratio is None else self.seen_ratio) > self.allowed_ratio


class Band(Frozen):
    """A stretch of arrival rates, from above `from_per_s` up to `to_per_s` (None: as far as anybody tried).

    `stable`: meets the SLO and gets well after the trigger. `vulnerable`: meets the SLO, but the trigger tips it into
    a state that it does not leave. `untested`: meets the SLO; nothing was triggered. `overloaded`: breaks the SLO.
    """

    name: Literal["stable", "vulnerable", "untested", "overloaded"]
    from_per_s: float
    to_per_s: float | None


class Limit(Frozen):
    """A rate that was tried and is safe with 95%; the boundary lies below `high` with 95%."""

    value: float
    low: float
    high: float | None


class Headroom(Frozen):
    """How much of one resource was used at the stable limit, and would be at the expected peak, in its unit.

    `used` is a high percentile over `n` samples; `available` is None where there is no bound.
    """

    resource: str
    unit: Literal["count", "ratio", "s", "bytes"]
    used: float
    available: float | None
    at_peak: float | None
    n: int


class SearchSpec(Frozen):
    """What is asked for: everything that a search needs to go on after an interruption."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    target: str = ""
    allowed_targets: tuple[str, ...] = ()
    trigger: bool = True
    """Whether the limit found is put to the trigger test."""
    within: Annotated[float, Field(ge=0)] = 0.0
    """How far the boundary may be expected above the claimed limit, as a share of it; 0 asks for no closer claim."""
    most_s: float = 180.0
    """Seconds of load after which nothing is tried to come closer."""
    ceiling_per_s: float | None = None
    """The rate that `surgeline doctor` measured this machine to push at most."""


class OperatingRange(Frozen):
    """The answer, as far as it is known; `range.json` of a range's folder. Later trials make a newer one.

    `answer` says it in a sentence. `stable_up_to` is None when no rate is known to be safe. `high` and the bands beyond
    the limit tell where it ends. `left_out` are thresholds that a search along the rate can't hold.
    """

    id: str
    schema_version: int = SCHEMA
    state: Literal["live", "complete", "interrupted"]
    spec: SearchSpec
    started_at: Annotated[datetime, Field(strict=False)]
    confidence: float = 0.95
    kind: Literal["bounded", "open", "none", "unsettled", "unfinished"]
    answer: str
    stable_up_to: Limit | None = None
    first_breach: str = ""
    bands: tuple[Band, ...] = ()
    trigger: str = ""
    headroom: tuple[Headroom, ...] = ()
    left_out: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()
    command: str = ""

    @model_validator(mode="before")
    @classmethod
    def _schema_1_had_other_names(cls, data: object) -> object:
        if not isinstance(data, Mapping) or "quest" not in data:
            return data
        renamed = {"quest": "spec", "void": "invalid"}
        trials = [
            {renamed.get(key, key): value for key, value in trial.items()} for trial in data.get("trials", ())
        ]
        return {**{renamed.get(key, key): value for key, value in data.items()}, "trials": tuple(trials)}

    @property
    def load_seconds(self) -> float:
        """Seconds of load over all trials."""
        return sum(trial.load_s for trial in self.trials)

    @property
    def trigger_seconds(self) -> float:
        """Seconds of load of the trigger tests among them."""
        return sum(trial.load_s for trial in self.trials if trial.purpose == "trigger")
