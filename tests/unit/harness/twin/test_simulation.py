"""The simulation against queueing theory, and against what is known of retry storms."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.stats.queueing import mean_wait_s, storm_free_rate, waits_s
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.policy import Policy
from harness.twin.simulation import simulate
from harness.twin.values import values_of
from mock_upstream.profile import Capacity, ExponentialTime, FixedTime, Profile

pytestmark = pytest.mark.timeout(400)  # The first of these tests compiles the simulation.
PATIENT = Policy(name="patient", adapter={"pool_maxsize": 4000})


def scenario(rate_per_s=250.0, duration_s=40.0, **changes):
    written = read_scenario("baseline").scenario
    phase = written.arrivals[0].model_copy(update={"rate_per_s": rate_per_s, "duration_s": duration_s})
    service = written.service.model_copy(update={"threads": 4000})
    return written.model_copy(update={"arrivals": (phase,), "service": service, "timeline": (), **changes})


def storm(rate_per_s):
    written = read_scenario("retry-storm")
    phase = written.scenario.arrivals[0].model_copy(update={"rate_per_s": rate_per_s})
    return simulate(
        read_policy("storm-three-retries"),
        written.scenario.model_copy(update={"arrivals": (phase,)}),
        written.upstream,
    )


@pytest.mark.parametrize(
    "time", [FixedTime(value_s=0.02), ExponentialTime(distribution="exponential", mean_s=0.02)]
)
def test_waits_are_those_of_the_recursion_of_kiefer_and_wolfowitz(time):
    upstream = Profile(name="queue", capacity=Capacity(workers=8), service_time=time)
    served = simulate(PATIENT, scenario(), upstream, overhead_s=0.0).served_table
    expected = waits_s(served["arrived_s"].to_numpy(), served["service_s"].to_numpy(), 8)
    assert len(served) > 9000
    assert served["queue_wait_s"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_the_mean_wait_is_that_of_erlang():
    upstream = Profile(
        name="queue",
        capacity=Capacity(workers=8),
        service_time=ExponentialTime(distribution="exponential", mean_s=0.02),
    )
    simulations = [simulate(PATIENT, scenario(320.0, 60.0, seed=seed), upstream) for seed in range(4)]
    waits = np.concatenate([each.served_table["queue_wait_s"] for each in simulations])
    assert waits.mean() == pytest.approx(mean_wait_s(8, 0.02, 320.0), rel=0.15)


def test_a_seed_is_simulated_the_same_twice():
    upstream = Profile(name="queue", capacity=Capacity(workers=8), service_time=FixedTime(value_s=0.02))
    one, other = (simulate(PATIENT, scenario(seed=5), upstream) for _ in range(2))
    assert one.events == other.events > 0
    assert one.calls_table.equals(other.calls_table)


def test_a_storm_ends_below_capacity_by_attempts_and_not_above():
    """Four attempts of every call at 400/s: the backlog of a pause drains below 100 calls a second alone."""
    limit_per_s = storm_free_rate(400.0, 3)
    assert values_of(storm(0.8 * limit_per_s).evidence)["recovery"] < 15.0
    assert values_of(storm(1.5 * limit_per_s).evidence)["recovery"] == np.inf


def test_the_upstream_works_on_what_nobody_awaits():
    simulation = storm(250.0)
    served = simulation.served_table
    abandoned = served[served["client_gone"] & (served["service_s"] > 0)]
    assert len(abandoned) > 1000
    assert simulation.calls_table["attempts"].max() == 4
