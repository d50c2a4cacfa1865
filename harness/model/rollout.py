"""The plan of a rollout: how much of the traffic a new policy gets, and what decides whether it gets more.

One file serves the lab and production. It is read before the start and not changed afterwards.
"""

from __future__ import annotations

from math import log
from typing import Annotated, Self

from pydantic import Field, model_validator

from mock_upstream.config.toml import Frozen

Probability = Annotated[float, Field(gt=0, lt=0.5)]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400)]
LEAST_S = 10.0
"""Seconds that a step lasts before the arms are compared: whether bad calls come in bursts is not known earlier."""
FOR_LIMITS, FOR_PROMOTION = 0.2, 0.5
"""Shares of `false_rollback` that all limits have together, and of `false_promotion` that each of two ways has."""


class RolloutStep(Frozen):
    """The canary gets `share` of the calls, for `at_least_s` and until it is decided, at most for `at_most_s`."""

    share: Annotated[float, Field(gt=0, lt=1)]
    at_least_s: Annotated[float, Field(ge=LEAST_S, le=86400)] = LEAST_S
    at_most_s: Seconds = 600.0


class RolloutLimits(Frozen):
    """Limits that end a rollout at once: each is broken when the canary is shown to be beyond it, the baseline not.

    A burn rate is the share of bad calls over `error_budget`. The fast one looks at blocks of 30 s, the slow one at
    the whole step. `queue_depth` is broken when as many calls wait for a connection in most seconds,
    `latency_ceiling_s` when more than 5% of the calls take longer.
    """

    error_budget: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    fast_burn_rate: Annotated[float, Field(gt=1)] = 14.4
    slow_burn_rate: Annotated[float, Field(gt=1)] = 6.0
    queue_depth: Annotated[int, Field(ge=1)] | None = None
    latency_ceiling_s: Seconds | None = None


class ShadowSettings(Frozen):
    """What a shadow repeats and compares: a `share` of the safe calls; these `headers` beside status and body.

    `ignored` are dotted names of fields of a JSON body that may differ, in which `*` stands for any key or index.
    """

    share: Annotated[float, Field(gt=0, le=1)] = 0.1
    headers: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class RolloutPlan(Frozen):
    """Steps, the sizes of differences that matter, and the probabilities of wrong decisions.

    A call is bad when it failed or took longer than `slow_s`. The canary is rolled back when its bad calls are shown
    to be more than `tolerated_ratio` times those of the same share of the baseline; the step is passed when they are
    shown to be fewer than `margin_ratio` times, or fewer than `negligible` of the canary's calls.
    """

    name: str
    steps: Annotated[tuple[RolloutStep, ...], Field(min_length=1, max_length=20)] = (
        RolloutStep(share=0.01), RolloutStep(share=0.05), RolloutStep(share=0.25),
    )  # fmt: skip
    slow_s: Seconds | None = None
    tolerated_ratio: Annotated[float, Field(ge=1)] = 1.0
    margin_ratio: Annotated[float, Field(gt=1)] = 1.5
    negligible: Annotated[float, Field(gt=0, lt=0.5)] = 0.001
    false_rollback: Probability = 0.05
    false_promotion: Probability = 0.05
    limits: RolloutLimits = RolloutLimits()
    shadow: ShadowSettings = ShadowSettings()

    @model_validator(mode="after")
    def _can_decide(self) -> Self:
        for index, step in enumerate(self.steps):
            if step.at_most_s <= step.at_least_s:
                raise ValueError(
                    f"steps.{index}.at_most_s is {step.at_most_s:g}, which is not after at_least_s = "
                    f"{step.at_least_s:g}, so that the step could not be decided; use {2 * step.at_least_s:g} or more"
                )
        shares = [step.share for step in self.steps]
        if sorted(set(shares)) != shares:
            raise ValueError("the shares of the steps must rise")
        if self.margin_ratio <= self.tolerated_ratio:
            raise ValueError(
                f"margin_ratio is {self.margin_ratio:g}; it must be above tolerated_ratio = {self.tolerated_ratio:g}"
            )
        return self

    @property
    def rollback_threshold(self) -> float:
        """ln of the evidence from which a step's comparison rolls back."""
        return log(len(self.steps) / ((1.0 - FOR_LIMITS) * self.false_rollback))

    @property
    def limit_threshold(self) -> float:
        """ln of the evidence from which one of at most four limits counts as broken."""
        return log(4 * len(self.steps) / (FOR_LIMITS * self.false_rollback))

    @property
    def promotion_threshold(self) -> float:
        """ln of the evidence from which one of two ways passes a step."""
        return log(1.0 / (FOR_PROMOTION * self.false_promotion))
