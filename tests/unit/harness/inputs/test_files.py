"""Files by path or name, and overrides from the command line."""

from pathlib import Path

import pytest

from harness.inputs import files
from harness.model.errors import ConfigError


@pytest.mark.parametrize("kind", ["policy", "upstream", "scenario"])
def test_every_shipped_file_can_be_read(kind: str) -> None:
    read = {"policy": files.policy, "upstream": files.upstream, "scenario": files.scenario}[kind]
    names = files.names(kind)
    assert names
    for name in names:
        read(name)


def test_an_override_reaches_into_lists_and_missing_tables() -> None:
    overrides = files.overrides(["scenario.arrivals.0.rate_per_s=300", "policy.timeout.read_s=1.5"])
    assert files.scenario("baseline", overrides).scenario.arrivals[0].rate_per_s == 300
    assert files.policy("stateless", overrides).timeout.read_s == 1.5


def test_an_override_of_the_upstream_keeps_the_rest_of_it() -> None:
    written = files.scenario("baseline", files.overrides(["upstream.capacity.workers=4"]))
    assert written.upstream.capacity.workers == 4
    assert written.upstream.service_time == files.upstream("fixed-8x20ms").service_time


def test_an_override_reaches_one_fault_of_the_upstream() -> None:
    written = files.scenario("malformed-data", files.overrides(["upstream.fault.1.ratio=0.5"]))
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
        files.scenario("baseline", files.overrides([setting]))


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean careful"):
        files.policy("carefull")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere/a\.toml: does not exist"):
        files.policy("nowhere/a.toml")


def test_init_copies_the_starter_set_once(tmp_path: Path) -> None:
    made = files.copy_shipped(tmp_path)
    assert tmp_path / "scenarios" / "policies" / "careful.toml" in made
    assert tmp_path / "scenarios" / "journeys" / "orders.py" in made
    with pytest.raises(ConfigError, match="exists already"):
        files.copy_shipped(tmp_path)


def test_a_warm_up_is_not_estimated_where_conditions_change_within_it() -> None:
    overrides = files.overrides(['scenario.slo.warmup="mser"', "scenario.slo.warmup_s=15"])
    with pytest.raises(ConfigError, match=r'slo.warmup is "mser".* change at 12 s, within warmup_s = 15'):
        files.scenario("dependency-slowdown", overrides)


def test_failed_calls_apart_without_a_limit_of_errors_are_one_line_with_the_remedy() -> None:
    settings = ["scenario.slo.failed_calls=apart", 'scenario.slo.thresholds=["p99(latency) < 1s"]']
    with pytest.raises(ConfigError) as refused:
        files.scenario("baseline", files.overrides(settings))
    assert "slo" in str(refused.value)
    assert 'or use failed_calls = "late"' in str(refused.value)
    assert "\n" not in str(refused.value)


def test_shipped_scenarios_that_allow_more_failures_than_their_percentile_leaves_count_them_apart() -> None:
    wrong = {
        name
        for name in files.names("scenario")
        if (slo := files.scenario(name).scenario.slo).failed_calls == "late"
        for latency in slo.parsed
        if latency.quantity == "latency" and latency.quantile is not None
        for errors in slo.parsed
        if errors.limits_errors and not errors.window_s and errors.route in ("", latency.route)
        if errors.limit > 1 - latency.quantile + 1e-9
    }
    assert not wrong
