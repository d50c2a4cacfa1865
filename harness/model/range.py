"""A policy's safe operating range along the arrival rate: the trials, the three bands, and their uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

SCHEMA = 3
HORIZON_S = 60.0
"""The shortest stretch of time for which a limit stands."""
UNFINISHED = "The search is unfinished."

Purpose = Literal["calibrate", "bracket", "bisect", "below", "repeat", "confirm", "trigger"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Probe(Frozen):
    """A trial to make: journeys arrive at `rate_per_s` for `warmup_s` and then `counted_s`.

    `below` tries a rate below the likely limit, `repeat` one that broke the SLO although a higher rate kept it.
    """

    purpose: Purpose
    rate_per_s: float
    warmup_s: float
    counted_s: float


class Trial(Frozen):
    """The result of one probe, reduced to what the search needs.

    Of `n` counted calls, worth `effective_n` independent ones, a share `bad_ratio` was beyond the threshold that came
    nearest to breaking (or broke most), which allows `allowed_ratio`; `seen_ratio` is the share that was observed,
    which `bad_ratio` may exceed after a trial without bursts. `limit_s` is that threshold's limit, or the
    latency's percentile where it limits no duration: it determines how long bursts last. `measured` is the threshold's
    measurement as text. `invalid` says why the trial is invalid ("" when it is valid), `cut_short` why it ended early.
    `counted_s` is how long calls were counted (0 in trials of older versions), `served_per_s` the requests per second
    that the upstream served while it had a backlog (None without one).
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
    counted_s: float = 0.0
    served_per_s: float | None = None

    @property
    def breaks(self) -> bool:
        """True when more calls are estimated to be bad than the threshold allows."""
        return self.bad_ratio > self.allowed_ratio

    @property
    def seen(self) -> float:
        """The share of calls that was observed to be bad."""
        return self.bad_ratio if self.seen_ratio is None else self.seen_ratio

    @property
    def broke(self) -> bool:
        """True when more calls were observed to be bad than the threshold allows."""
        return self.seen > self.allowed_ratio


class Band(Frozen):
    """An interval of arrival rates, from `from_per_s`, the lowest rate that was tried, to `to_per_s` (None: no end).

    `stable`: meets the SLO and recovers after the trigger. `vulnerable`: meets the SLO, but does not recover after the
    trigger. `untested`: meets the SLO; the trigger was not tested. `overloaded`: breaks the SLO.
    """

    name: Literal["stable", "vulnerable", "untested", "overloaded"]
    from_per_s: float
    to_per_s: float | None


class Limit(Frozen):
    """A rate that was tried and is safe with 95%; the boundary lies below `high` with 95%.

    The claim stands for runs of `horizon_s`: so long was the SLO kept at this rate or above it. None in ranges of older
    versions, which did not say. `drains` is False where a higher rate may keep the SLO, but a backlog would not drain.
    """

    value: float
    low: float
    high: float | None
    horizon_s: float | None = None
    drains: bool = True


class AtPeak(Frozen):
    """What the expected peak would take of a resource, with its 95% interval.

    `value` is None where the use grows without bound; `high` is None where no upper bound is known, and `value` is then
    a lower bound. `basis` is a simulated queue with the measured service times, or the trials on both sides of the
    peak, with `n` service times or samples.
    """

    value: float | None
    low: float | None
    high: float | None
    basis: Literal["queue", "trials"]
    n: int

    @property
    def unbounded(self) -> bool:
        """True when the use grows without bound, because the peak is more than the upstream serves."""
        return self.value is None


class Headroom(Frozen):
    """How much of one resource was used at the stable limit, and would be at the expected peak, in its unit.

    `used` is a high percentile over `n` samples; `available` is None where there is no bound. `at_peak` is None
    without an expected peak, or where it does not depend on the rate.
    """

    resource: str
    unit: Literal["count", "ratio", "s", "bytes"]
    used: float
    available: float | None
    at_peak: AtPeak | None = None
    n: int

    @field_validator("at_peak", mode="before")
    @classmethod
    def _schema_2_scaled_by_the_rate(cls, data: object) -> object:
        """A number without an interval, which was too low near saturation, is left out."""
        return None if isinstance(data, int | float) else data


class SearchSpec(Frozen):
    """The specification of a search: everything that it needs to continue after an interruption."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    target: str = ""
    allowed_targets: tuple[str, ...] = ()
    trigger: bool = True
    """Whether the trigger test is run at the limit that was found."""
    within: Annotated[float, Field(ge=0)] = 0.0
    """The accepted distance of the likely boundary above the limit, as a share of it; 0 ends at the first claim."""
    horizon_s: Annotated[float, Field(ge=HORIZON_S)] = HORIZON_S
    """For how long a confirmed rate must keep the SLO."""
    most_s: float = 180.0
    """Seconds of load after which the search stops narrowing the limit."""
    ceiling_per_s: float | None = None
    """The highest rate that this machine can generate, as measured by `surgeline doctor`."""


class OperatingRange(Frozen):
    """The result of a search so far; `range.json` of a range's folder. Later trials make a newer one.

    `answer` states it in one or two sentences. `stable_up_to` is None when no rate is known to be safe, and when the
    SLO breaks at a lower rate than one that keeps it (`non-monotone`). `high` and the bands beyond the limit show
    where it ends. `left_out` are thresholds that a search along the rate cannot
    use.
    """

    id: str
    schema_version: int = SCHEMA
    state: Literal["live", "complete", "interrupted"]
    spec: SearchSpec
    started_at: Annotated[datetime, Field(strict=False)]
    confidence: float = 0.95
    kind: Literal["bounded", "open", "none", "unsettled", "non-monotone", "unfinished"]
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
