"""Policies, read from their files."""

import pytest

from harness.inputs.policies import read_policy
from harness.inputs.shipped_files import file_names


@pytest.mark.parametrize("name", file_names("policy"))
def test_a_shipped_policy_can_be_read(name: str) -> None:
    assert read_policy(name).name
