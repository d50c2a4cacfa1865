"""Plans of rollouts, read from their files."""

from __future__ import annotations

from harness.inputs.overrides import Overrides, overridden
from harness.inputs.shipped_files import find_file
from harness.model.rollout import RolloutPlan
from mock_upstream.config.toml import build, read


def read_rollout_plan(name: str, overrides: Overrides | None = None) -> RolloutPlan:
    """Reads one plan: a file, or a shipped plan's name. Raises ConfigError."""
    path = find_file("rollout", name)
    return build(RolloutPlan, overridden(read(path), "rollout", overrides), str(path))
