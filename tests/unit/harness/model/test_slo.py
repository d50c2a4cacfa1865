"""The SLO grammar."""

import re

import pytest

from harness.model.slo import Slo, ThresholdSyntax, parse


@pytest.mark.parametrize(
    ("text", "measurement", "limit", "quantile"),
    [
        ("p99(latency) < 250ms", "latency.p99", 0.25, 0.99),
        ("p50(pool_wait)<=20us", "pool_wait.p50", 20e-6, 0.5),
        ("p999(latency) < 1.5 s", "latency.p999", 1.5, 0.999),
        ("ratio(error) < 1%", "error_ratio", 0.01, None),
        ("ratio(error) < 0.01", "error_ratio", 0.01, None),
        ("rate(goodput) > 190/s", "goodput", 190.0, None),
        ("amplification < 1.2", "amplification", 1.2, None),
        ("max(pool_wait) < 2s", "pool_wait.max", 2.0, None),
    ],
)
def test_a_threshold_is_read_into_base_units(
    text: str, measurement: str, limit: float, quantile: float | None
) -> None:
    threshold = parse(text)
    assert threshold.measurement == measurement
    assert threshold.limit == pytest.approx(limit)
    assert threshold.quantile == quantile


@pytest.mark.parametrize(
    ("text", "character", "hint"),
    [
        ("p99(latncy) < 250ms", 5, "did you mean latency?"),
        ("p99(latency) = 250ms", 14, "one of < <= > >="),
        ("p99(latency) < 250", 19, "a unit, us or ms or s"),
        ("p99(latency) < 250ms please", 21, "or nothing more"),
        ("mean(latency) < 1s", 1, "p99"),
        ("rate(goodput) > fast", 17, "a number"),
        ("p99 latency < 1s", 5, "'('"),
        ("ratio(error) <", 15, "a number is missing"),
        ("", 1, "a statistic is missing"),
        ("amplification < 1.2x", 20, "nothing more"),
        ('p99(latency{path="/a"}) < 1s', 13, "'route'"),
        ("p99(latency{route=/a}) < 1s", 19, "in double quotes"),
        ("ratio(error) < 1% over 10s", 24, "'any'"),
        ("ratio(error) < 1% over any 10", 30, "a unit, s is missing"),
        ("recovery < 20s over any 10s", 16, "recovery has no windows"),
        ("recovry < 20s", 1, "did you mean recovery?"),
        ("p99(latency) < 1.1x", 19, "a unit"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, character: int, hint: str) -> None:
    with pytest.raises(ThresholdSyntax) as error:
        parse(text)
    assert f"at character {character} of" in str(error.value)
    assert hint in str(error.value)


def test_a_threshold_can_be_about_one_route() -> None:
    for text in ('p99(latency{route="POST /orders"}) < 300ms', 'p99(latency){route="POST /orders"} < 300ms'):
        threshold = parse(text)
        assert threshold.route == "POST /orders"
        assert threshold.measurement == 'latency.p99{route="POST /orders"}'
    assert parse('amplification{route="GET /"} < 1.2').route == "GET /"


def test_a_threshold_can_hold_in_every_stretch() -> None:
    threshold = parse("rate(goodput) > 190/s over any 10s")
    assert (threshold.window_s, threshold.limit) == (10.0, 190.0)
    assert threshold.measurement == "goodput over any 10s"
    assert parse("amplification < 1.2 over any 2.5s").window_s == 2.5


def test_a_threshold_can_be_a_multiple_of_the_baseline_s_measurement() -> None:
    threshold = parse("p99(latency) < 1.1x baseline")
    assert (threshold.relative, threshold.limit) == (True, 1.1)
    assert not parse("p99(latency) < 1.1s").relative


def test_recovery_is_a_duration_without_a_quantity() -> None:
    assert parse("recovery < 20s").measurement == "recovery"
    assert parse("recovery < 20s").limit == 20.0


def test_only_an_upper_threshold_is_broken_by_larger_values() -> None:
    assert parse("p99(latency) < 1s").upper
    assert not parse("rate(goodput) > 1/s").upper


@pytest.mark.parametrize(
    ("thresholds", "limit_s"),
    [
        (("p99(latency) < 250ms", "p99(latency) < 100ms"), 0.1),
        (("p95(latency) < 250ms", "recovery < 20s"), None),
        (('p99(latency{route="GET /x"}) < 250ms', "p99(latency) < 1.1x baseline"), None),
    ],
)
def test_the_limit_is_the_slos_tightest_p99_over_all_routes(
    thresholds: tuple[str, ...], limit_s: float | None
) -> None:
    assert Slo(thresholds=thresholds).p99_limit_s == limit_s


@pytest.mark.parametrize(
    "thresholds",
    [
        ("p99(latency) < 1s", "ratio(error) < 5%"),
        ("p99(latency) < 1s", "ratio(error) < 5% over any 10s"),
        ('p99(latency{route="GET /a"}) < 1s', "ratio(error) < 5%"),
        ('p99(latency{route="GET /a"}) < 1s', 'ratio(error{route="GET /a"}) < 5%'),
    ],
)
def test_failed_calls_may_be_counted_apart_where_a_limit_of_errors_covers_them(
    thresholds: tuple[str, ...],
) -> None:
    assert Slo(failed_calls="apart", thresholds=thresholds).failed_calls == "apart"


@pytest.mark.parametrize(
    ("thresholds", "missing"),
    [
        ((), "ratio(error)"),
        (("p99(latency) < 1s",), "ratio(error)"),
        (("p99(latency) < 1s", 'ratio(error{route="GET /a"}) < 5%'), "ratio(error)"),
        (("p99(latency) < 1s", "ratio(error) < 2x baseline"), "ratio(error)"),
        (("p99(latency) < 1s", "ratio(error) > 5%"), "ratio(error)"),
        (("p99(latency) < 1s", "ratio(error) < 100%"), "ratio(error)"),
        (
            ('p99(latency{route="GET /a"}) < 1s', 'ratio(error{route="GET /b"}) < 5%'),
            'ratio(error{route="GET /a"})',
        ),
    ],
)
def test_failed_calls_apart_that_nothing_judges_are_refused(
    thresholds: tuple[str, ...], missing: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(f"no limit of {missing}, so that nothing judges")):
        Slo(failed_calls="apart", thresholds=thresholds)
