"""A digest of all that decides a run: of the policy, the scenario and the upstream, without labels and seed."""

from __future__ import annotations

import hashlib

from harness.model.ownership import LABELS
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.profile import Profile

_OF_A_RECORD = {"read_back", "built_otherwise"}
_LABELS = set(LABELS)


def behaviour_digest(policy: Policy, scenario: Scenario, upstream: Profile) -> str:
    """Twelve hexadecimal digits: those of a run are those of the files that it was made with, for any seed."""
    parts = (
        policy.model_dump_json(exclude=_LABELS | _OF_A_RECORD),
        scenario.model_dump_json(exclude=_LABELS | {"seed", "upstream"}),
        upstream.model_dump_json(exclude=_LABELS & set(type(upstream).model_fields)),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
