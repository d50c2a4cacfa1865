"""The axes of a map, read from options."""

from __future__ import annotations

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.model.stability_map import MapAxis
from harness.twin.mapping.axes import cells_of, read_axis

SCENARIO = read_scenario("retry-storm").scenario


def _accepts(settings: tuple[str, ...]) -> None:
    overrides = read_overrides(settings)
    read_policy("storm-budget", overrides)
    read_scenario("retry-storm", overrides)


def _axis(text: str, count: int = 5) -> MapAxis:
    return read_axis("--x", text, count, SCENARIO, _accepts)


def test_the_rate_of_arrivals_is_that_of_every_phase():
    axis = _axis("arrivals.rate=100..500")
    assert axis.settings(1) == ("scenario.arrivals.0.rate_per_s=200",)
    assert axis.values == (100.0, 200.0, 300.0, 400.0, 500.0)
    assert axis.is_rate


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("retry.total=1..4", "policy.retry.total", (1.0, 2.0, 3.0, 4.0)),
        ("service.threads=10..13", "scenario.service.threads", (10.0, 11.0, 12.0, 13.0)),
        ("timeout.read_s=1..3", "policy.timeout.read_s", (1.0, 1.5, 2.0, 2.5, 3.0)),
        ("retry.budget.ratio=0..0.4", "policy.retry.budget.ratio", (0.0, 0.1, 0.2, 0.3, 0.4)),
        ("capacity.workers=2..10", "upstream.capacity.workers", (2.0, 4.0, 6.0, 8.0, 10.0)),
        ("policy.adapter.pool_maxsize=2..4", "policy.adapter.pool_maxsize", (2.0, 3.0, 4.0)),
    ],
)
def test_a_setting_has_whole_values_where_it_takes_no_others(text, key, values):
    axis = _axis(text)
    assert axis.keys == (key,)
    assert axis.values == values
    assert axis.whole == (key.rpartition(".")[2] in {"total", "threads", "workers", "pool_maxsize"})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("retry.total", "must have the form KEY=LOW..HIGH"),
        ("retry.total=5", "must have the form KEY=LOW..HIGH"),
        ("retry.total=5..0", "with LOW below HIGH"),
        ("retry.total=0..inf", "with LOW below HIGH"),
        ("retry.total=-2..3", "retry.total is -2; it must be at least 0"),
        ("retri.total=0..3", "did you mean retry?"),
        ("timeline.0.for_s=1..3", "is a key of scenario and upstream; write scenario.timeline.0.for_s"),
        ("policy.transport=1..3", "transport"),
        ("policy.nothing=1..3", "nothing"),
    ],
)
def test_an_axis_that_cannot_be_used_is_one_line(text, problem):
    with pytest.raises(ConfigError, match=problem.replace(".", r"\.").replace("?", r"\?")) as refused:
        _axis(text)
    assert "\n" not in str(refused.value)


def test_a_rate_that_varies_by_itself_is_no_axis():
    ramp = SCENARIO.model_validate(
        {
            **SCENARIO.model_dump(include={"name", "upstream", "journey"}),
            "arrivals": [{"shape": "ramp", "rate_per_s": 1.0, "to_rate_per_s": 9.0, "duration_s": 9.0}],
        }
    )
    with pytest.raises(ConfigError, match="needs phases of a constant rate, and retry-storm has ramp"):
        read_axis("--x", "arrivals.rate=1..9", 3, ramp, _accepts)


@pytest.mark.parametrize("text", ["15", "1x4", "4x61", "axb", "4x4x4", "-4x4"])
def test_the_number_of_cells_has_two_sides(text):
    with pytest.raises(ConfigError, match="must have the form 15x15"):
        cells_of(text)
    assert cells_of("15x4") == (15, 4)
