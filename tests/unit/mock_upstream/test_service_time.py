"""Each distribution has the quantiles and the mean that it should."""

import math
import statistics

import pytest
from pydantic import TypeAdapter

from mock_upstream.service_time import ServiceTime

_EVEN = [(index + 0.5) / 20_000 for index in range(20_000)]


@pytest.mark.parametrize(
    ("table", "median_s", "mean_s"),
    [
        ({"distribution": "fixed", "value_s": 0.02}, 0.02, 0.02),
        ({"distribution": "uniform", "low_s": 0.01, "high_s": 0.03}, 0.02, 0.02),
        ({"distribution": "exponential", "mean_s": 0.02}, 0.02 * math.log(2), 0.02),
        ({"distribution": "lognormal", "median_s": 0.02, "sigma": 0.5}, 0.02, 0.02 * math.exp(0.125)),
        ({"distribution": "pareto", "minimum_s": 0.01, "alpha": 3.0}, 0.01 * 2 ** (1 / 3), 0.015),
        ({"distribution": "empirical", "values_s": (0.01, 0.02, 0.06)}, 0.02, 0.03),
    ],
)
def test_a_distribution_has_its_median_and_mean(
    table: dict[str, object], median_s: float, mean_s: float
) -> None:
    time = TypeAdapter[ServiceTime](ServiceTime).validate_python(table)
    drawn = [time.draw_s(u) for u in _EVEN]

    assert time.draw_s(0.5) == pytest.approx(median_s)
    assert statistics.fmean(drawn) == pytest.approx(mean_s, rel=0.01)
    assert time.draw_s(0.0) >= 0.0
    assert math.isfinite(time.draw_s(1 - 2**-53))
