"""Hedged calls in the twin, and in a simulation with the product's own delay and budget."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.hedge_systems import CAPACITY_PER_S, SERVICE_S, WORKERS, HedgeSimulation, HedgingClient
from harness.inputs.scenarios import read_scenario
from harness.model.policy import Policy
from harness.twin.simulation import simulate
from mock_upstream.profile import Capacity, FixedTime, Profile

SLOW = {"kind": "slowdown", "factor": 10.0, "ratio": 0.05}
UNCAPPED = 10.0


def played(hedge, load, share, faults=(SLOW,), duration_s=40.0, **tables):
    written = read_scenario("baseline").scenario
    phase = written.arrivals[0].model_copy(
        update={"rate_per_s": load * CAPACITY_PER_S, "duration_s": duration_s}
    )
    service = written.service.model_copy(update={"threads": 64})
    scenario = written.model_copy(update={"arrivals": (phase,), "service": service})
    upstream = Profile(
        name="eight",
        capacity=Capacity(workers=WORKERS),
        service_time=FixedTime(value_s=SERVICE_S),
        fault=faults,
    )
    retry = {"total": 0, "budget": {"kind": "ratio", "ratio": share, "min_per_s": 0.0}}
    pool = {"pool_maxsize": 2000}
    policy = Policy.model_validate({"name": "h", "hedge": hedge, "retry": retry, "adapter": pool, **tables})
    return policy, simulate(policy, scenario, upstream, overhead_s=0.0)


class Replay(HedgeSimulation):
    """The arrivals and the work of another simulation, with the product's delay and budget."""

    def __init__(self, client, duration_s, due_s, work_s):
        self._due_s, self._work_s = iter([*due_s, float("inf")]), work_s
        self._number = {due: number for number, due in enumerate(due_s)}
        super().__init__(client, duration_s)

    def _next_arrival_s(self):
        return next(self._due_s)

    def _serve(self):
        while self._queue and self._busy_workers < WORKERS:
            self._busy_workers += 1
            call, hedge = attempt = self._queue.popleft()
            self._at(self._now + self._work_s[self._number[call.due_s], int(hedge)], "served", attempt)


@pytest.mark.parametrize("load", [0.3, 0.8])
@pytest.mark.parametrize(
    ("hedge", "share"),
    [({"delay_s": 0.04}, 0.055), ({"delay": "p95"}, 0.055), ({"delay": "p90", "threads": 3}, UNCAPPED)],
)
def test_the_same_calls_are_hedged_and_end_at_the_same_times(load, hedge, share):
    policy, simulation = played(hedge, load, share)
    calls, attempts = simulation.calls_table, simulation.attempts
    keys = zip(simulation.world.calls["arrival"][attempts["call"]], attempts["number"], strict=True)
    work_s = dict(zip(keys, attempts["work_s"].tolist(), strict=True))
    client = HedgingClient(1.0, share, policy.hedge)
    Replay(client, 40.0, calls["scheduled_s"].tolist(), work_s).run()
    ended = calls[calls["ended_s"] < 40.0].sort_values("ended_s")
    assert client.hedges == int(attempts["hedge"][attempts["started_s"] < 40.0].sum()) > 30
    assert [call.due_s for call in client.ended] == ended["scheduled_s"].tolist()
    assert [call.ended_s for call in client.ended] == pytest.approx(ended["ended_s"].tolist(), abs=1e-7)


def test_an_attempt_that_fails_is_followed_at_once_and_lost():
    faults = ({"kind": "status", "status": 503, "attempts": 1},)
    _, simulation = played({"delay_s": 5.0}, 0.3, UNCAPPED, faults)
    calls, attempts = simulation.calls_table, simulation.attempts_table
    assert set(calls["outcome"]) == {"ok"}
    assert set(calls["attempts"]) == {2}
    first, second = attempts[attempts["number"] == 0], attempts[attempts["number"] == 1]
    assert first["lost"].all()
    assert not first["hedge"].any()
    assert second["hedge"].all()
    assert not second["lost"].any()
    assert second["started_s"].to_numpy() == pytest.approx(
        (first["started_s"] + first["first_byte_s"]).to_numpy()
    )


def test_where_all_attempts_fail_the_last_one_is_the_result():
    faults = ({"kind": "status", "status": 503},)
    _, simulation = played({"delay_s": 5.0, "max_attempts": 3}, 0.2, UNCAPPED, faults)
    calls, attempts = simulation.calls_table, simulation.attempts_table
    assert set(calls["outcome"]) == {"http_5xx"}
    assert set(calls["attempts"]) == {3}
    assert set(attempts.loc[~attempts["lost"], "number"]) == {2}


def test_a_status_that_decides_ends_the_call():
    faults = ({"kind": "status", "status": 404},)
    _, simulation = played({"delay_s": 5.0}, 0.3, UNCAPPED, faults)
    assert set(simulation.calls_table["outcome"]) == {"http_4xx"}
    assert set(simulation.calls_table["attempts"]) == {1}


def test_an_attempt_that_hangs_is_ended_and_its_connection_closed():
    faults = ({"kind": "hang", "attempts": 1},)
    _, simulation = played({"delay_s": 0.05, "threads": 1000}, 0.2, UNCAPPED, faults)
    calls, attempts = simulation.calls_table, simulation.attempts_table
    assert set(calls["outcome"]) == {"ok"}
    first = attempts[attempts["number"] == 0]
    assert set(first["error"]) == {"abandoned"}
    assert first["discarded"].all()
    assert calls["hedge_wait_s"].to_numpy() == pytest.approx(0.05)
    assert (calls["latency_s"] < 0.2).all()


def test_afterwards_no_helper_is_busy_and_every_place_is_free():
    faults = (SLOW, {"kind": "status", "status": 503, "ratio": 0.2})
    guards = {"bulkhead": {"connections": 40, "wait_s": 1.0}, "limiter": {"kind": "aimd", "max_wait_s": 0.1}}
    _, simulation = played({"delay": "p90", "max_attempts": 3}, 0.8, UNCAPPED, faults, **guards)
    world = simulation.world
    assert simulation.attempts["hedge"].sum() > 100
    assert world.hedge["busy"] == 0
    assert world.limiter["free"] == world.limiter["places"]
    assert not np.isin(simulation.calls_table["outcome"], ["cancelled"]).any()
