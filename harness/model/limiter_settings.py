"""The settings of adaptive concurrency limits. Defaults are those of their sources; where not, the docstring says so.

`least` is 1 everywhere: a least limit of 20, as the sources of `aimd` and `gradient2` have it, never protects an
upstream of eight workers. `window_s` and ten samples to a window are those of Netflix' WindowedLimit. No source waits
for a free place unless it is told to, so `max_wait_s` is 0.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.durations import WaitSeconds
from mock_upstream.config.toml import Frozen

Count = Annotated[int, Field(ge=1, le=100_000)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]


class LimiterBase(Frozen):
    """At most `limit` attempts to a host at once; others wait in order, at most `max_wait_s`, and are then refused.

    The limit is decided anew once in `window_s`, from the response times of the attempts that ended in it, and stays
    within `least` and `most`. An attempt is in flight from its request until its body is read.
    """

    least: Count = 1
    most: Count = 200
    window_s: Annotated[float, Field(ge=0.001, le=60)] = 1.0
    max_wait_s: WaitSeconds = 0.0

    @property
    def begins_at(self) -> int:
        """The first limit."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _in_order(self) -> LimiterBase:
        if not self.least <= self.begins_at <= self.most:
            raise ValueError(
                f"begins with a limit of {self.begins_at}, which is not between least = {self.least} and "
                f"most = {self.most}; change one of them"
            )
        return self


class _Begins(LimiterBase):
    """Kinds whose first limit is a setting of its own."""

    initial: Count = 20

    @property
    def begins_at(self) -> int:
        """The first limit."""
        return self.initial


class AimdLimiter(_Begins):
    """Additive increase, multiplicative decrease (Netflix concurrency-limits, AIMDLimit)."""

    kind: Literal["aimd"]
    backoff_ratio: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    timeout_s: Positive = 5.0


class VegasLimiter(_Begins):
    """Keeps the estimated queue short, after TCP Vegas (Netflix concurrency-limits, VegasLimit)."""

    kind: Literal["vegas"]
    most: Count = 1000
    probe_multiplier: Count = 30


class Gradient2Limiter(_Begins):
    """Compares recent with long-term response times (Netflix concurrency-limits, Gradient2Limit)."""

    kind: Literal["gradient2"]
    smoothing: Annotated[float, Field(gt=0, le=1)] = 0.2
    queue: Count = 4
    tolerance: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.5
    long_window: Count = 600


class EnvoyLimiter(LimiterBase):
    """Compares response times with a minimum that is measured at a low concurrency (Envoy, gradient controller).

    Envoy has no default for `min_rtt_interval_s`; its documentation's example uses a minute.
    """

    kind: Literal["envoy"]
    most: Count = 1000
    min_rtt_interval_s: Positive = 60.0
    min_rtt_requests: Count = 50
    min_rtt_concurrency: Count = 3
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.15
    buffer: Annotated[float, Field(ge=0, le=1)] = 0.25

    @property
    def begins_at(self) -> int:
        """The first limit: that of the measurement."""
        return self.min_rtt_concurrency


class FailsafeLimiter(_Begins):
    """Vegas' thresholds on a moving baseline, with correlations against upward drift (failsafe-go)."""

    kind: Literal["failsafe"]
    longest_window_s: Positive = 30.0
    samples: Count = 50
    share: Share = 0.9
    baseline_age: Count = 10
    correlation_window: Annotated[int, Field(ge=10, le=1000)] = 50
    most_per_in_flight: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 5.0


LimiterSettings = Annotated[
    AimdLimiter | VegasLimiter | Gradient2Limiter | EnvoyLimiter | FailsafeLimiter,
    Field(discriminator="kind"),
]
