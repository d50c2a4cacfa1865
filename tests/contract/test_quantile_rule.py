"""Every percentile of the product follows harness.model.quantile."""

import re
from pathlib import Path

import pytest

from harness.model.quantile import quantile
from mock_upstream.telemetry.delay_error import DelayErrors

ROOT = Path(__file__).parents[2]
OTHER_RULES = re.compile(r"np\.(nan)?(quantile|percentile)\(|statistics\.quantiles|scoreatpercentile")


@pytest.mark.parametrize(
    "package", ["surgeline", "dashboard", "harness", "mock_upstream", "scenarios", "benchmarks"]
)
def test_no_module_takes_a_percentile_by_a_library_s_rule(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OTHER_RULES.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("n", [1, 2, 3, 10, 99, 100, 101, 200, 1000, 4096])
def test_the_upstream_which_imports_nothing_of_the_harness_follows_the_same_rule(n: int) -> None:
    errors, values = DelayErrors(), [(i * 37 % n) / 1000 for i in range(n)]
    for value in values:
        errors.add(value)

    found = errors.quantiles()

    assert (found["p50_s"], found["p99_s"]) == (quantile(values, 0.5), quantile(values, 0.99))
