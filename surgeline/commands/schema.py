"""`surgeline schema`: the JSON Schema of each kind of file."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from harness.model.scenario import Scenario
from mock_upstream.profile import Profile

KINDS: dict[str, type[Policy | Scenario | Profile | RolloutPlan]] = {
    "policy": Policy,
    "upstream": Profile,
    "scenario": Scenario,
    "rollout": RolloutPlan,
}


def schema(
    kind: Annotated[str, typer.Argument(metavar="policy|upstream|scenario|rollout")],
) -> None:
    """Prints the JSON Schema of one kind of file, for completion in an editor."""
    if kind not in KINDS:
        raise ConfigError("schema", kind, "must be policy, upstream, scenario or rollout")
    print(json.dumps(KINDS[kind].model_json_schema(), indent=2))  # noqa: T201
