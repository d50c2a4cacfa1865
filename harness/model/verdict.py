"""Measurements and verdicts. Every number has n and an interval."""

from __future__ import annotations

from math import inf
from typing import Annotated, Literal

from pydantic import Field

from harness.model.quantities import Unit
from harness.model.run_effect import ASSUMED, RunEffect
from mock_upstream.config.toml import Frozen


class Measurement(Frozen):
    """A named number with its unit, the samples behind it and a 95% interval.

    `low` or `high` is None where the data cannot bound that side: a maximum has no upper bound, and a p99 of
    too few samples has none either. `value` is None for a percentile or a maximum of latency that is not reached: so
    many calls failed that the call at its rank is infinitely late. `low` is then what it is at least, `high` is None.
    `by_tail` says that the shape of the tail bounds `high`, which counting calls did not; later calls have to be as in
    this run.
    """

    name: str
    value: float | None
    unit: Unit
    n: int
    low: float | None
    high: float | None
    by_tail: bool = False

    @property
    def number(self) -> float:
        """The value as a number: infinite where it is not reached."""
        return inf if self.value is None else self.value


class Margin(Frozen):
    """How far a measured value is from one threshold. `limit` is in the measurement's unit."""

    threshold: str
    limit: float
    measured: Measurement
    verdict: Literal["pass", "fail", "inconclusive"]
    reason: str = ""


class Pass(Frozen):
    """Every threshold holds with 95% confidence.

    `unseen_s` is the longest unseen event: one that occurs at random once in so many seconds on average, or more
    rarely, may not have occurred in the run. None in a record that is older than the field.
    """

    kind: Literal["pass"] = "pass"
    unseen_s: float | None = None
    margins: tuple[Margin, ...] = ()
    reasons: tuple[str, ...] = ()


class Fail(Frozen):
    """At least one threshold is broken with 95% confidence; `reasons` says which."""

    kind: Literal["fail"] = "fail"
    margins: tuple[Margin, ...] = ()
    reasons: tuple[str, ...] = ()


class Inconclusive(Frozen):
    """This run does not decide; `reasons` says why, and the remedy.

    When `invalid`, the reasons are about the whole run, whose numbers do not count; else about single thresholds.
    """

    kind: Literal["inconclusive"] = "inconclusive"
    invalid: bool = False
    margins: tuple[Margin, ...] = ()
    reasons: tuple[str, ...] = ()


Verdict = Annotated[Pass | Fail | Inconclusive, Field(discriminator="kind")]


class Difference(Frozen):
    """One measurement of policy b minus the same of policy a, over `runs` pairs of runs of the same schedule.

    `pairs` counts the paired stretches of all of them. With one pair of runs the interval is about these two only. `a`
    or `b` is None where a run's percentile is not reached; the difference is then undefined, and None too.
    """

    measurement: str
    unit: str
    policy_a: str
    policy_b: str
    a: float | None
    b: float | None
    difference: float | None
    low: float | None
    high: float | None
    pairs: int
    runs: int = 1
    verdict: Literal["lower", "higher", "no difference shown", "undefined"]

    @property
    def turned(self) -> Difference:
        """The same difference seen from the other policy."""
        opposite: dict[str, str] = {"lower": "higher", "higher": "lower"}
        return self.model_copy(
            update={
                "policy_a": self.policy_b,
                "policy_b": self.policy_a,
                "a": self.b,
                "b": self.a,
                "difference": None if self.difference is None else -self.difference,
                "low": None if self.high is None else -self.high,
                "high": None if self.low is None else -self.low,
                "verdict": opposite.get(self.verdict, self.verdict),
            }
        )


class Decision(Frozen):
    """Which policy to ship, from the verdicts on its runs and its differences from another policy.

    `policy` is the recommended one, the nearest one when none holds, and None when nothing can be recommended. `gains`
    and `costs` are differences of `policy` from `other`, shown with 95% confidence; a percentile that `policy` alone
    does not reach is a cost, too. `miss` is the threshold that the
    nearest policy misses most. `open_reasons` say by policy what would settle it. `pairs` is how many pairs of runs a
    difference rests on, at least; 0 where there is none.
    """

    kind: Literal["clear winner", "trade-off", "undecided", "none holds"]
    policy: str | None = None
    other: str | None = None
    holding: tuple[str, ...] = ()
    gains: tuple[Difference, ...] = ()
    costs: tuple[Difference, ...] = ()
    miss: Margin | None = None
    open_reasons: tuple[tuple[str, str], ...] = ()
    pairs: int = 0
    runs: int = 0
    invalid_runs: int = 0


class Comparison(Frozen):
    """A comparison of policies on the same schedules and fault decisions.

    `run_effect` is how much two identical runs differ on the machine of these runs. `decision` is None
    in a comparison of an older version.
    """

    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    deltas: tuple[Difference, ...]
    run_effect: RunEffect = ASSUMED
    decision: Decision | None = None
