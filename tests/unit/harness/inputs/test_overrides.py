"""Overrides from the command line."""

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario, read_upstream
from harness.model.errors import ConfigError


def test_an_override_reaches_into_lists_and_missing_tables() -> None:
    overrides = read_overrides(["scenario.arrivals.0.rate_per_s=300", "policy.timeout.read_s=1.5"])
    assert read_scenario("baseline", overrides).scenario.arrivals[0].rate_per_s == 300
    assert read_policy("stateless", overrides).timeout.read_s == 1.5


def test_an_override_of_the_upstream_keeps_the_rest_of_it() -> None:
    written = read_scenario("baseline", read_overrides(["upstream.capacity.workers=4"]))
    assert written.upstream.capacity.workers == 4
    assert written.upstream.service_time == read_upstream("fixed-8x20ms").service_time


def test_an_override_reaches_one_fault_of_the_upstream() -> None:
    written = read_scenario("malformed-data", read_overrides(["upstream.fault.1.ratio=0.5"]))
    assert [fault.ratio for fault in written.upstream.fault][:3] == [0.01, 0.5, 0.01]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("scenario.arrivals.3.rate_per_s=1", "not an item of a list of 1"),
        ("rate=1", "policy.KEY=VALUE"),
        ("scenario.arrivals.0.rate_per_s", "policy.KEY=VALUE"),
        ("scenario.seed.x=1", "inside a value"),
        ("scenario.arrivals.0.rate_per_s=-5", "rate_per_s is -5"),
        ("scenario.sed=1", "did you mean seed"),
    ],
)
def test_an_override_without_a_place_is_reported(setting: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_scenario("baseline", read_overrides([setting]))
