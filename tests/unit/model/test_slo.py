"""The SLO grammar."""

import pytest

from harness.model.slo import ThresholdSyntax, parse


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
        ("p99(latency) < 250ms please", 19, "a unit"),
        ("mean(latency) < 1s", 1, "p99"),
        ("rate(goodput) > fast", 17, "a number"),
        ("p99 latency < 1s", 5, "'('"),
        ("ratio(error) <", 15, "a number is missing"),
        ("", 1, "a statistic is missing"),
        ("amplification < 1.2x", 20, "nothing more"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, character: int, hint: str) -> None:
    with pytest.raises(ThresholdSyntax) as error:
        parse(text)
    assert f"at character {character} of" in str(error.value)
    assert hint in str(error.value)


def test_only_an_upper_threshold_is_broken_by_larger_values() -> None:
    assert parse("p99(latency) < 1s").upper
    assert not parse("rate(goodput) > 1/s").upper
