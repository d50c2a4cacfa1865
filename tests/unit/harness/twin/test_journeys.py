"""Journeys are found by playing them, as often as they can differ."""

from __future__ import annotations

import pytest

from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError
from harness.model.scenario import MixedRequest
from harness.twin import journeys as module
from harness.twin.journeys import journeys


def orders(journey, seed=1):
    scenario = read_scenario("baseline").scenario
    return scenario.model_copy(update={"journey": f"scenarios.journeys.orders:{journey}", "seed": seed})


@pytest.fixture
def plays(monkeypatch):
    """How many plays there were."""
    found, made = [], module._calls
    monkeypatch.setattr(module, "_PLAYED", {})
    monkeypatch.setattr(module, "_calls", lambda *args: found.append(args) or made(*args))
    return found


def test_a_journey_that_draws_nothing_is_played_once(plays):
    kinds, of_arrival = journeys(orders("get_order"), 1000)
    assert [step.path for steps in kinds for step in steps] == ["/orders/1"]
    assert of_arrival.tolist() == [0] * 1000
    assert len(plays) == 1


def test_each_arrival_of_a_journey_that_draws_has_its_own_calls(plays):
    kinds, of_arrival = journeys(orders("browse_and_buy"), 400)
    assert len(plays) > 800
    longest = max(len(steps) for steps in kinds)
    bought = sum(len(kinds[number]) == longest for number in of_arrival.tolist())
    assert 60 < bought < 140


def test_more_arrivals_begin_with_those_that_are_known():
    few = [journeys(orders("browse_and_buy", seed=4), count) for count in (10, 300)]
    made = [[kinds[number] for number in of_arrival[:10].tolist()] for kinds, of_arrival in few]
    assert made[0] == made[1]


def test_a_journey_that_reads_the_response_is_refused():
    with pytest.raises(ConfigError, match="needs more of a response"):
        journeys(orders("read_order"), 10)


def test_a_journey_that_waits_is_refused_and_not_waited_for():
    mix = (
        MixedRequest(name="GET /a", path="/orders"),
        MixedRequest(name="GET /b", path="/orders", think_s=3600),
    )
    written = read_scenario("baseline").scenario
    in_order = written.model_copy(update={"journey": "scenarios.journeys.mix:in_order", "mix": mix})
    with pytest.raises(ConfigError, match="waits as a user does before a call"):
        journeys(in_order, 10)
    at_once = in_order.model_copy(update={"mix": mix[:1]})
    assert [[step.name for step in steps] for steps in journeys(at_once, 10)[0]] == [["GET /a"]]
