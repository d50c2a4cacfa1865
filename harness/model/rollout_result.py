"""How a rehearsed rollout ended: the decision, its cause and counts, and what it cost."""

from __future__ import annotations

from typing import Literal

from harness.model.formatting import format_interval, format_share, format_value
from harness.model.verdict import Fail, Inconclusive, Measurement, Pass, Verdict
from mock_upstream.config.toml import Frozen

Ending = Literal["promoted", "rolled back", "inconclusive", "comparing"]


class ArmCount(Frozen):
    """Of one policy: its calls in the step that decided, or in the last one, and how many of them were bad."""

    policy: str
    calls: int
    bad: int

    @property
    def text(self) -> str:
        """For a sentence: "12 of 90 calls of careful"."""
        return f"{self.bad:,} of {self.calls:,} calls of {self.policy}"


class RolloutResult(Frozen):
    """`state` is `comparing` where the run ended before the decision. `decided_s` counts from the run's start."""

    state: Ending
    reason: str
    decided_s: float | None
    share: float
    step: int
    steps: int
    canary: ArmCount
    baseline: ArmCount
    spoilt: Measurement
    fallbacks: int

    @property
    def share_after(self) -> float:
        """The share of the calls that the new policy got in the end."""
        return {"promoted": 1.0, "rolled back": 0.0}.get(self.state, self.share)

    @property
    def decision(self) -> str:
        """The decision with its cause and counts, as one sentence."""
        new, share = self.canary.policy, format_share(self.share)
        counts = f"at a share of {share}, {self.canary.text} were bad, and {self.baseline.text}"
        if self.decided_s is None:
            return f"The run ended before the rollout of {new} was decided: {counts}."
        after, reason = format_value(self.decided_s, "s"), f"{self.reason} ({counts})"
        match self.state:
            case "promoted":
                return f"{new} was promoted after {after}: {reason}."
            case "rolled back":
                return f"{new} was rolled back after {after}: {reason}."
            case _:
                return f"The rollout of {new} is inconclusive after {after}: {reason}."

    @property
    def cost(self) -> str:
        """The calls that the canary spoilt, as one sentence that says exactly what it is."""
        calls = f"{self.spoilt.n:,} calls of the run"
        if self.spoilt.number <= 0:
            return f"The canary spoilt none of the {calls}: it had no more bad calls than the baseline's rate gives."
        return (
            f"The canary spoilt {format_share(self.spoilt.number)} of the {calls} (95% interval "
            f"{format_interval(self.spoilt)}): its bad calls beyond the baseline's rate at the same share, divided by "
            "all calls."
        )

    @property
    def verdict(self) -> Verdict:
        """Pass for promoted, Fail for rolled back."""
        reasons = (self.decision, self.cost)
        match self.state:
            case "promoted":
                return Pass(reasons=reasons)
            case "rolled back":
                return Fail(reasons=reasons)
            case _:
                return Inconclusive(reasons=reasons)
