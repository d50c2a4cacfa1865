"""Scenarios and upstreams, read from their files."""

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario, read_upstream
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError


@pytest.mark.parametrize("name", file_names("scenario"))
def test_a_shipped_scenario_can_be_read(name: str) -> None:
    assert read_scenario(name).scenario.name


@pytest.mark.parametrize("name", file_names("upstream"))
def test_a_shipped_upstream_can_be_read(name: str) -> None:
    assert read_upstream(name).name


def test_a_warm_up_is_not_estimated_where_conditions_change_within_it() -> None:
    overrides = read_overrides(['scenario.slo.warmup="mser"', "scenario.slo.warmup_s=15"])
    with pytest.raises(ConfigError, match=r'slo.warmup is "mser".* change at 12 s, within warmup_s = 15'):
        read_scenario("dependency-slowdown", overrides)


def test_failed_calls_apart_without_a_limit_of_errors_are_one_line_with_the_remedy() -> None:
    settings = ["scenario.slo.failed_calls=apart", 'scenario.slo.thresholds=["p99(latency) < 1s"]']
    with pytest.raises(ConfigError) as refused:
        read_scenario("baseline", read_overrides(settings))
    assert "slo" in str(refused.value)
    assert 'or use failed_calls = "late"' in str(refused.value)
    assert "\n" not in str(refused.value)


def test_shipped_scenarios_that_allow_more_failures_than_their_percentile_leaves_count_them_apart() -> None:
    wrong = {
        name
        for name in file_names("scenario")
        if (slo := read_scenario(name).scenario.slo).failed_calls == "late"
        for latency in slo.parsed
        if latency.quantity == "latency" and latency.quantile is not None
        for errors in slo.parsed
        if errors.limits_errors and not errors.window_s and errors.route in ("", latency.route)
        if errors.limit > 1 - latency.quantile + 1e-9
    }
    assert not wrong
