"""A rollout that is rehearsed in the lab: two policies, and the plan by which the new one takes the old one's place."""

from __future__ import annotations

from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from mock_upstream.config.toml import Frozen


class RehearsedRollout(Frozen):
    """It is in the record before the start, and not changed afterwards.

    With `shadow` the new policy only repeats calls, and its responses are compared and thrown away.
    """

    old: Policy
    new: Policy
    plan: RolloutPlan
    shadow: bool = False

    @property
    def name(self) -> str:
        """What its runs and metrics are called in place of one policy."""
        between = "shadowed-by" if self.shadow else "to"
        return f"{self.old.name}-{between}-{self.new.name}"

    @property
    def policy(self) -> Policy:
        """The policy of its runs: the old one's settings, under the name of both."""
        return self.old.model_copy(update={"name": self.name})
