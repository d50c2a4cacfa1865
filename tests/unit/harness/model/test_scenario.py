"""A scenario is bounded: its arrivals are computed before they are made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario, with_seed
from harness.model.errors import ConfigError
from harness.model.scenario import Scenario
from mock_upstream.config.toml import build


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("rate_per_s=1e6, duration_s=300", "plans 300,000,000 arrivals (rate × duration); at most 5,000,000"),
        ("rate_per_s=1e7, duration_s=1", "arrivals.0.rate_per_s is 10000000.0; it must be at most 1e+06"),
        (
            "rate_per_s=1, duration_s=1e12",
            "arrivals.0.duration_s is 1000000000000.0; it must be at most 604800",
        ),
        ('shape="ramp", rate_per_s=0, to_rate_per_s=1e5, duration_s=1000', "plans 50,000,000 arrivals"),
        ('shape="steps", rates_per_s=[1e5, 1e5], step_s=1000', "plans 200,000,000 arrivals"),
        (
            'shape="spike", rate_per_s=1, peak_per_s=1e6, at_s=0, for_s=100, duration_s=100',
            "plans 100,000,100 arrivals",
        ),
        ('shape="seasonal", rate_per_s=1e5, period_s=10, duration_s=1000', "plans 160,000,000 arrivals"),
        (
            'shape="burst", rate_per_s=1, on_s=1e-9, off_s=1e-9, duration_s=1e5',
            "turns on 50,000,000,000,000 times",
        ),
        ('shape="closed", users=1000000, duration_s=1', "users is 1000000; it must be at most 5000"),
    ],
)
def test_arrivals_without_bound_are_refused_with_their_number(phase: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_scenario("baseline", read_overrides([f"scenario.arrivals=[{{{phase}}}]"]))
    assert words in str(refused.value)


def test_many_phases_are_bounded_together() -> None:
    phases = tuple({"rate_per_s": 1.0, "duration_s": 600_000.0} for _ in range(2))
    with pytest.raises(ConfigError, match=r"takes 1,200,000 s; at most 604,800 s are possible"):
        build(Scenario, {"name": "s", "upstream": "u.toml", "journey": "m:f", "arrivals": phases}, "s.toml")


@pytest.mark.parametrize("seed", [-5, 2**63])
def test_a_seed_out_of_range_blames_the_seed(seed: int) -> None:
    with pytest.raises(ConfigError, match=rf"^seed: {seed} must be 0 to 9223372036854775807$"):
        with_seed(read_scenario("baseline").scenario, seed)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (['service.ready="/up"'], "has ready and no command"),
        (['service.command=["serve"]'], "has a command without {bind} and {port}"),
        (['service.command=["serve", "{bind}"]', 'service.ready="up"'], "service.ready"),
        (['service.command=["serve", "{bind}"]', 'service.env={DB_PASSWORD="x"}'], "is a secret"),
        (['service.command=["serve", "{bind}"]', 'service.folder="absent"'], "there is no folder"),
    ],
)
def test_a_service_that_cannot_be_started_as_written_is_refused(settings: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(problem)):
        read_scenario("baseline", read_overrides([f"scenario.{setting}" for setting in settings]))


def test_the_folder_of_a_service_is_found_beside_its_scenario() -> None:
    service = read_scenario("orders-service").scenario.service
    assert Path(service.folder).is_absolute()
    assert (Path(service.folder) / "orders.py").is_file()
