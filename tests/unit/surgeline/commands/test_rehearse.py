"""The levers that `surgeline rehearse --lever` names."""

from __future__ import annotations

import pytest

from harness.model.errors import ConfigError
from surgeline.commands.rehearse import lever_of
from tests.unit.harness.model.levers import lever


def test_a_lever_is_named_with_its_settings() -> None:
    assert lever_of("throttle --rate 120") == lever("throttle", rate_per_s=120)


def test_a_table_is_quoted_as_in_a_shell() -> None:
    assert lever_of("capacity --capacity '{workers = 2}'") == lever("capacity", capacity={"workers": 2})


@pytest.mark.parametrize(
    ("words", "problem"),
    [("throtle --rate 1", "did you mean throttle"), ("pool '5", "cannot be read"), ("", "lever")],
)
def test_a_lever_that_there_is_not_is_refused(words: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        lever_of(words)
