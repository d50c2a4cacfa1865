"""Files by path or by the name of a shipped one."""

from pathlib import Path

import pytest

from harness.inputs.shipped_files import copy_shipped, file_names, find_file
from harness.model.errors import ConfigError


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean careful"):
        find_file("policy", "carefull")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere/a\.toml: does not exist"):
        find_file("policy", "nowhere/a.toml")


def test_init_copies_the_starter_set_once(tmp_path: Path) -> None:
    made = copy_shipped(tmp_path)
    assert tmp_path / "scenarios" / "policies" / "careful.toml" in made
    assert tmp_path / "scenarios" / "journeys" / "orders.py" in made
    with pytest.raises(ConfigError, match="exists already"):
        copy_shipped(tmp_path)


def test_every_kind_has_shipped_files() -> None:
    assert all(file_names(kind) for kind in ("policy", "upstream", "scenario"))
