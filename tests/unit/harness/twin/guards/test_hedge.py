"""The twin's hedging decides as that of the policies does."""

from __future__ import annotations

from random import Random
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from urllib3.connectionpool import HTTPConnectionPool

from harness.model.hedge_settings import HedgeSettings, NotHedged
from harness.model.policy import Policy
from harness.session.resilience.call_context import CallContext
from harness.session.resilience.hedge_admission import hedge_admission
from harness.session.resilience.hedge_threads import HedgeThreads
from harness.session.resilience.host_hedges import HostHedges
from harness.session.resilience.pipeline import Pipeline
from harness.twin.compiled import entry
from harness.twin.guards import breaker as breakers
from harness.twin.guards import budget as budgets
from harness.twin.guards import hedge as twin
from harness.twin.guards import limiter as limiters
from harness.twin.guards.breaker import breaker
from harness.twin.guards.budget import budget
from harness.twin.guards.limiter_record import limiter
from harness.twin.guards.throttle import throttle

HOW_MANY = pytest.mark.parametrize("sequences", [1000, pytest.param(10_000, marks=pytest.mark.acceptance)])
STEPS, TIMES = 40, 700
HOST = "http://upstream.test:80"
CALL, HEDGE, END, SLOT, FAIL, WAIT = range(6)
REASONS = [
    None, NotHedged.RETRY_AFTER, NotHedged.BREAKER, NotHedged.THROTTLE, NotHedged.SLOT, NotHedged.LIMITER,
    NotHedged.BUDGET,
]  # fmt: skip


@entry
def delays(hedge, times_s, found_s):
    for step, time_s in enumerate(times_s):
        twin.took(hedge, time_s)
        found_s[step] = hedge.delay_s


@entry
def decided(guards, slots, places, at_s, actions, uniform, paid, found):
    """Why each hedge was not sent, or ADMITTED. `places` are those of the bulkhead."""
    hedge, breaker, throttle, limiter, budget = guards
    hedges = taken = 0
    for step, now in enumerate(at_s):
        if actions[step] == CALL:
            budgets.call(budget[0], now)
        elif actions[step] == HEDGE:
            free = min(slots - taken, places - hedges)
            found[step], _, paid[hedges] = twin.admit(
                hedge[0], breaker[0], throttle[0], limiter[0], budget[0], free, now, uniform[step]
            )
            hedges += found[step] == twin.ADMITTED
        elif actions[step] == END and hedges > 0:
            hedges -= 1
            if limiter[0].kind > 0:
                limiters.leave(limiter[0])
            budgets.result(budget[0], uniform[step] < 0.5, paid[hedges])
        elif actions[step] == SLOT:
            taken = (taken + 1) % (slots + 1)
        elif actions[step] == FAIL and breaker[0].on:
            breakers.settle(breaker[0], breaker[0].generation, now, breakers.FAILED)
        elif actions[step] == WAIT:
            twin.asked_to_wait(hedge[0], now, 0.1 * uniform[step])


class Production:
    """The policy's own pipeline and pool, driven by the same steps."""

    def __init__(self, policy: Policy, slots: int) -> None:
        self.now = self.u = 0.0
        self.pipeline = Pipeline(policy, lambda: self.now, rng=SimpleNamespace(random=lambda: self.u))
        self.pool, self.slots = HTTPConnectionPool("upstream.test", maxsize=slots), slots
        self.hedges: list[CallContext] = []

    def step(self, action: int, now: float, u: float) -> NotHedged | None:
        self.now, self.u, pipeline = now, u, self.pipeline
        host = pipeline.host(HOST)
        if action == CALL:
            pipeline.budget.call(now)
        elif action == HEDGE:
            return self._hedge()
        elif action == END and self.hedges:
            ended = self.hedges.pop()
            ended.let_go()
            pipeline.budget.result(u < 0.5, ended.paid)
        elif action == SLOT and self.pool.pool.empty():
            for _ in range(self.slots):
                self.pool.pool.put(None)
        elif action == SLOT:
            self.pool.pool.get()
        elif action == FAIL and host.breaker is not None:
            host.breaker.settle(host.breaker._generation, now, False)
        elif action == WAIT:
            response = SimpleNamespace(headers={"Retry-After": "0"})
            pipeline.hedging.host(HOST).asked_to_wait(now + 0.1 * u, response)
        return None

    def _hedge(self) -> NotHedged | None:
        context = CallContext(None)
        reason = hedge_admission(self.pipeline, context, HOST, self.pool)
        if reason is None:
            self.hedges.append(context)
        else:
            context.let_go()
        return reason


def some_policy(draw: Random) -> Policy:
    budgets_ = [
        {"kind": "ratio", "ratio": draw.random(), "min_per_s": draw.choice([0.0, 2.0])},
        {"kind": "quota", "tokens": draw.randint(5, 40), "retry_cost": 5, "throttled_cost": 5},
        {"kind": "grpc", "max_tokens": draw.uniform(1.0, 6.0), "token_ratio": draw.uniform(0.05, 1.0)},
    ]
    throttles = [{"kind": "rate", "rate_per_s": 30.0, "burst": 3}, {"kind": "adaptive", "k": 2.0}]
    tables = {
        "breaker": {"minimum": draw.randint(1, 4), "open_s": 0.1, "window_s": 1.0},
        "bulkhead": {"connections": draw.randint(1, 4)},
        "throttle": draw.choice(throttles),
        "limiter": {"kind": "aimd", "initial": draw.randint(1, 3)},
    }
    chosen = {name: table for name, table in tables.items() if draw.random() < 0.3}
    retry = {"total": 0, "budget": draw.choice(budgets_)}
    return Policy.model_validate({"name": "p", "hedge": {}, "retry": retry, **chosen})


@HOW_MANY
def test_many_sequences_admit_the_same_hedges(sequences):
    draw, rng, seen = Random(13), np.random.default_rng(13), set()
    for number in range(sequences):
        if number % 20 == 0:
            policy, slots = some_policy(draw), draw.randint(1, 5)
        at_s = np.cumsum(rng.exponential(0.02, STEPS))
        actions = rng.choice(6, STEPS, p=[0.3, 0.4, 0.12, 0.1, 0.06, 0.02])
        uniform, found = rng.random(STEPS), np.zeros(STEPS, int)
        guards = (
            twin.hedge(policy.hedge), breaker(policy.breaker), throttle(policy.throttle), limiter(policy.limiter),
            budget(policy.retry.budget),
        )  # fmt: skip
        places = policy.bulkhead.connections if policy.bulkhead else 1 << 30
        decided(guards, slots, places, at_s, actions, uniform, np.zeros(STEPS), found)
        production = Production(policy, slots)
        steps = zip(actions.tolist(), at_s.tolist(), uniform.tolist(), strict=True)
        expected = [production.step(*each) for each in steps]
        assert [REASONS[reason] for reason in found] == expected, (number, policy)
        seen.update(expected)
    assert seen == set(REASONS)


@HOW_MANY
def test_many_sequences_of_times_have_the_same_delay(sequences):
    draw, rng = Random(17), np.random.default_rng(17)
    for number in range(sequences):
        settings = HedgeSettings(delay=draw.choice(["p50", "p90", "p95", "p99"]))
        times_s, found_s = rng.lognormal(-3.0, draw.choice([0.1, 1.0]), TIMES), np.zeros(TIMES)
        delays(twin.hedge(settings)[0], times_s, found_s)
        host, expected = HostHedges(settings), []
        for time_s in times_s.tolist():
            host.took(time_s)
            expected.append(twin.UNKNOWN if host.delay_s is None else host.delay_s)
        assert found_s.tolist() == expected, number


@entry
def taken(hedge, count):
    found = 0
    for _ in range(count):
        found += twin.take_helper(hedge)
    return found


def test_no_more_helpers_work_at_once_than_there_are_threads():
    made = twin.hedge(HedgeSettings(threads=3))[0]
    assert taken(made, 5) == sum(_busy_threads(3, 5)) == 3


def _busy_threads(most: int, count: int) -> list[bool]:
    release, threads = Event(), HedgeThreads(most)
    try:
        return [threads.run(release.wait) for _ in range(count)]
    finally:
        release.set()


def test_without_settings_nothing_is_hedged():
    assert not twin.hedge(None)[0]["on"]
