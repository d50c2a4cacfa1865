"""A change of a policy that its own measurements support."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from harness.model.policy import Policy
from mock_upstream.config.toml import Frozen


class Suggestion(Frozen):
    """Set `key` from `now` to `then`: why, what it should do, and the measurement of a comparison that verifies it.

    `sign` is the direction in which that measurement should move.
    """

    key: str
    now: Any = None
    then: Any = None
    evidence: str
    expected: str
    measurement: str
    sign: str = Field(pattern="^(lower|higher)$", default="lower")

    def applied(self, policy: Policy) -> Policy:
        """The policy with the change, under a new name. Raises pydantic's ValidationError for an invalid change."""
        table = policy.model_dump(exclude_defaults=True)
        place, *rest = self.key.split(".")
        if rest:
            inner = table.get(place) or {}
            table[place] = {**inner, rest[0]: self.then}
        else:
            table[place] = self.then
        return Policy.model_validate({**table, "name": f"{policy.name[:49]}-suggested"})
