"""How long a worker works on a request: distributions as their quantile functions.

`draw_s(u)` maps a uniform u in [0, 1) to seconds, so that the caller controls the randomness.
"""

import math
from statistics import NormalDist
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from mock_upstream.config.toml import Frozen

_SMALLEST_U = 2.0**-54


class FixedTime(Frozen):
    """Always `value_s` seconds."""

    distribution: Literal["fixed"] = "fixed"
    value_s: NonNegativeFloat = 0.0

    def draw_s(self, u: float) -> float:  # noqa: ARG002
        """Return the time in seconds that belongs to the uniform `u`."""
        return self.value_s


class UniformTime(Frozen):
    """Uniform between `low_s` and `high_s` seconds."""

    distribution: Literal["uniform"]
    low_s: NonNegativeFloat
    high_s: NonNegativeFloat

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.high_s < self.low_s:
            raise ValueError(f"has high_s {self.high_s:g} below low_s {self.low_s:g}; swap them")
        return self

    def draw_s(self, u: float) -> float:
        """Return the time in seconds that belongs to the uniform `u`."""
        return self.low_s + (self.high_s - self.low_s) * u


class ExponentialTime(Frozen):
    """Exponential with mean `mean_s` seconds: the M of M/M/c."""

    distribution: Literal["exponential"]
    mean_s: PositiveFloat

    def draw_s(self, u: float) -> float:
        """Return the time in seconds that belongs to the uniform `u`."""
        return -self.mean_s * math.log1p(-u)


class LognormalTime(Frozen):
    """Lognormal with median `median_s` seconds; `sigma` is the deviation of its logarithm."""

    distribution: Literal["lognormal"]
    median_s: PositiveFloat
    sigma: NonNegativeFloat

    def draw_s(self, u: float) -> float:
        """Return the time in seconds that belongs to the uniform `u`."""
        return self.median_s * math.exp(self.sigma * _NORMAL.inv_cdf(max(u, _SMALLEST_U)))


class ParetoTime(Frozen):
    """Pareto from `minimum_s` seconds with shape `alpha`; the mean is infinite when alpha is at most 1."""

    distribution: Literal["pareto"]
    minimum_s: PositiveFloat
    alpha: PositiveFloat

    def draw_s(self, u: float) -> float:
        """Return the time in seconds that belongs to the uniform `u`."""
        return self.minimum_s * math.exp(-math.log1p(-u) / self.alpha)


class EmpiricalTime(Frozen):
    """One of the measured `values_s` (seconds), each with the same probability."""

    distribution: Literal["empirical"]
    values_s: tuple[NonNegativeFloat, ...] = ()
    csv: str | None = None
    """In a profile's file: a file in the same folder with one number of seconds per line, in place of `values_s`."""

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if not self.values_s:
            raise ValueError("has no times; give values_s, or csv in a profile's file")
        return self

    def draw_s(self, u: float) -> float:
        """Return the time in seconds that belongs to the uniform `u`."""
        return self.values_s[int(u * len(self.values_s))]


ServiceTime = Annotated[
    FixedTime | UniformTime | ExponentialTime | LognormalTime | ParetoTime | EmpiricalTime,
    Field(discriminator="distribution"),
]
_NORMAL = NormalDist()
