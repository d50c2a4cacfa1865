"""Plans of rollouts as files."""

from pathlib import Path

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.rollouts import read_rollout_plan
from harness.inputs.shipped_files import KINDS
from harness.model.errors import ConfigError


def test_a_shipped_plan_is_found_by_its_name() -> None:
    assert read_rollout_plan("short").name == "short"


def test_values_of_a_plan_can_be_set() -> None:
    overrides = read_overrides(["rollout.steps.0.share=0.5"], KINDS)
    assert read_rollout_plan("short", overrides).steps[0].share == 0.5


def test_a_share_of_0_is_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('name = "none"\n[[steps]]\nshare = 0.0\n')
    with pytest.raises(ConfigError, match=r"steps.0.share is 0.*must be"):
        read_rollout_plan(str(path))


def test_commands_of_one_policy_take_no_values_of_a_plan() -> None:
    with pytest.raises(
        ConfigError, match=r"must have the form policy\.KEY=VALUE or scenario\.KEY=VALUE or upstream"
    ):
        read_overrides(["rollout.steps.0.share=0.5"])
