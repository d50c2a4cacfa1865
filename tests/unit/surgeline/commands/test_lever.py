"""How a lever is written on the command line."""

from __future__ import annotations

import shlex

import pytest

from harness.incidents.runbook import lever_command
from harness.model.errors import ConfigError
from surgeline.commands.lever import lever_settings
from tests.unit.harness.model.levers import EXAMPLES, lever


@pytest.mark.parametrize("words", ["--rate 120", "--rate=120", "rate_per_s=120", "--rate-per-s 120"])
def test_the_start_of_a_setting_s_name_is_enough(words: str) -> None:
    assert lever_settings("throttle", words.split()) == {"rate_per_s": 120}


def test_a_setting_without_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be keys with values, such as --rate 120"):
        lever_settings("throttle", ["--rate"])


def test_a_table_is_written_as_toml() -> None:
    assert lever_settings("capacity", ["--capacity", '{workers = 2, discipline = "lifo"}']) == {
        "capacity": {"workers": 2, "discipline": "lifo"}
    }


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_command_in_a_runbook_makes_the_same_lever(name: str) -> None:
    wanted = lever(name, **EXAMPLES[name])
    *_, run, found, rest = *shlex.split(lever_command(wanted))[:4], shlex.split(lever_command(wanted))[4:]
    assert (run, found) == ("RUN", name)
    assert lever(name, **lever_settings(name, rest)) == wanted


def test_a_name_that_toml_would_read_as_a_number_or_truth_value_stays_a_name() -> None:
    for name in ("true", "12", "a b", "in'f"):
        words = shlex.split(lever_command(lever("feature", name=name, on=False)))[4:]
        assert lever_settings("feature", words)["name"] == name
