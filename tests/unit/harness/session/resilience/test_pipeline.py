"""A whole policy on a scripted peer: what goes out, what is refused, how long it takes, on a clock of ours."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry, Timeout

from harness.model.call import Outcome
from harness.model.policy import Policy
from harness.session.build import session
from harness.session.errors import BreakerOpen, BudgetExhausted, DeadlineExceeded, Throttled
from harness.session.outcome import outcome_of
from harness.session.resilience.call_context import current
from harness.session.resilience.controls import Controls
from harness.session.resilience.pipeline import Pipeline
from harness.session.resilience.throttle import AdaptiveThrottle
from mock_upstream.config.toml import build as read
from tests.unit.harness.session.conftest import HOST, Bench
from tests.unit.harness.session.fakes import Clock, Reply

FAILING = {"minimum": 4, "open_s": 5.0}


class Policed(Bench):
    """A bench whose Session obeys a policy."""

    def __init__(self, clock: Clock, **tables: Any) -> None:
        super().__init__(clock)
        policy = read(Policy, {"name": "p", **tables}, "p.toml")
        self.slept: list[float] = []
        self.controls = Controls(policy, Pipeline(policy, clock, self._sleep, Random(1)))
        self._clock = clock
        self.peer_adapter(max_retries=session.retry(policy.retry, extended=session.extends(policy)))
        self.controls.attach(self.session)

    def peer_adapter(self, kind: type[HTTPAdapter] = HTTPAdapter, **kwargs: Any) -> None:
        """Puts an adapter of the peer under every URL."""
        self.mount(self.peer.adapter(kind, **kwargs))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock.sleep(seconds)


RETRY = {"total": 3, "status_forcelist": [503]}


def test_without_tables_of_ours_the_guard_does_nothing(clock: Clock) -> None:
    bench = Policed(clock, retry={**RETRY, "backoff_factor": 0.5})
    assert not bench.controls.pipeline.active
    assert type(bench.session.get_adapter("http://x").max_retries) is Retry  # type: ignore[attr-defined]


def test_a_pipeline_without_work_is_inactive_until_a_lever_is_pulled(clock: Clock) -> None:
    bench = Policed(clock)
    assert bench.session.get(HOST).ok
    assert "send" not in vars(bench.session)
    bench.controls.set_breaker("open")  # on a Session and a pool that are in use
    with pytest.raises(BreakerOpen):
        bench.session.get(HOST)
    bench.controls.set_breaker("auto")
    assert bench.session.get(HOST).ok


def test_a_backoff_of_ours_never_holds_the_slot(clock: Clock) -> None:
    bench = Policed(clock, retry={**RETRY, "backoff": {"kind": "exponential", "base_s": 0.5}})
    bench.peer.replies = [Reply(error=ConnectionResetError()), Reply(503), Reply()]
    first, second, _ = bench.call().attempts
    assert bench.slept == [0.5, 1.0]
    assert (first.backoff_s, first.backoff_held, first.reason) == (pytest.approx(0.5), False, "protocol")
    assert (second.backoff_s, second.backoff_held, second.reason) == (pytest.approx(1.0), False, "503")


def test_retry_after_comes_before_the_backoff(clock: Clock) -> None:
    bench = Policed(clock, retry={**RETRY, "backoff": {"kind": "full"}})
    bench.peer.replies = [Reply(503, headers={"Retry-After": "3"}), Reply()]
    bench.call()
    assert bench.slept == [3.0]


def test_a_spent_budget_ends_the_call_with_what_it_got(clock: Clock) -> None:
    bench = Policed(clock, retry={**RETRY, "budget": {"kind": "ratio", "ratio": 0.0, "min_per_s": 0.1}})
    bench.peer.replies = [Reply(503), Reply(503)]
    with pytest.raises(BudgetExhausted) as raised:
        bench.call()
    assert outcome_of(raised.value, 503) is Outcome.BUDGET_EXHAUSTED
    assert len(bench.peer.seen) == 2
    assert bench.in_use == 0


def test_an_exhausted_budget_returns_the_response_without_raise_on_status(clock: Clock) -> None:
    budget = {"kind": "ratio", "ratio": 0.0, "min_per_s": 0.0}
    bench = Policed(clock, retry={**RETRY, "raise_on_status": False, "budget": budget})
    bench.peer.replies = [Reply(503)]
    bench.call()
    assert bench.response is not None
    assert bench.response.status_code == 503
    assert bench.in_use == 0


def test_the_deadline_does_not_begin_a_sleep_that_it_would_cut(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0}, retry=RETRY)
    bench.peer.replies = [Reply(503, headers={"Retry-After": "3600"})]
    with pytest.raises(DeadlineExceeded):
        bench.call()
    assert bench.slept == []
    assert bench.in_use == 0


def test_the_deadline_is_the_last_attempt_s_timeout(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0}, retry=RETRY)
    seen: list[Any] = []
    bench.peer.replies = [Reply(503, after_s=1.5), Reply()]
    original = type(bench.controls.pipeline).timeouts

    def noted(pipeline: Pipeline, context: Any, given: Any) -> Any:
        found = original(pipeline, context, given)
        seen.append((found.connect_timeout, found.read_timeout))
        return found

    bench.controls.pipeline.timeouts = noted.__get__(bench.controls.pipeline)  # type: ignore[method-assign]
    bench.call(timeout=(9.0, 9.0))
    assert seen == [(2.0, 2.0), (pytest.approx(0.499, abs=0.002), pytest.approx(0.499, abs=0.002))]


def test_the_deadline_spans_redirects(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0})
    bench.peer.replies = [Reply(302, headers={"Location": "/a"}, after_s=1.2) for _ in range(3)]
    with pytest.raises(DeadlineExceeded):
        bench.call()
    assert len(bench.peer.seen) == 2


def test_an_open_breaker_refuses_without_an_attempt(clock: Clock) -> None:
    bench = Policed(clock, breaker=FAILING)
    bench.peer.replies = [Reply(500) for _ in range(4)]
    for _ in range(4):
        bench.call()
    with pytest.raises(BreakerOpen) as raised:
        bench.call()
    assert outcome_of(raised.value) is Outcome.BREAKER_OPEN
    assert isinstance(raised.value, requests.ConnectionError)
    assert len(bench.peer.seen) == 4


def test_the_breaker_closes_after_a_good_probe(clock: Clock) -> None:
    bench = Policed(clock, breaker=FAILING)
    bench.peer.replies = [Reply(error=TimeoutError()) for _ in range(4)]
    for _ in range(4):
        with pytest.raises(requests.Timeout):
            bench.call()
    clock.sleep(5.0)
    bench.call()
    bench.call()
    assert len(bench.peer.seen) == 6


def test_a_rate_throttle_delays_attempts_and_records_it(clock: Clock) -> None:
    bench = Policed(clock, throttle={"kind": "rate", "rate_per_s": 10.0, "wait_s": 0.2})
    bench.call()
    (attempt,) = bench.call().attempts
    assert attempt.throttle_s == pytest.approx(0.1 - 0.021)
    assert attempt.backoff_s == 0.0


def test_a_full_bulkhead_refuses_and_an_emptied_one_does_not(clock: Clock) -> None:
    bench = Policed(clock, bulkhead={"connections": 1, "wait_s": 0.0})
    held = bench.session.get("http://upstream.test/", stream=True)
    with pytest.raises(requests.ConnectionError) as raised:
        bench.call()
    assert outcome_of(raised.value) is Outcome.POOL_TIMEOUT
    assert held.content == b"ok"
    bench.call()
    assert bench.in_use == 0


def test_a_failed_attempt_gives_its_place_in_the_bulkhead_back(clock: Clock) -> None:
    bench = Policed(clock, bulkhead={"connections": 1, "wait_s": 0.0})
    for _ in range(3):
        bench.peer.replies = [Reply(error=ConnectionResetError())]
        with pytest.raises(requests.ConnectionError):
            bench.call()
    bench.call()


LIMIT_1 = {"kind": "aimd", "initial": 1, "most": 1}


def test_a_full_limiter_refuses_with_its_own_outcome_until_the_body_is_read(clock: Clock) -> None:
    bench = Policed(clock, limiter=LIMIT_1)
    held = bench.session.get("http://upstream.test/", stream=True)
    with pytest.raises(
        requests.ConnectionError, match="the limit of 1 concurrent attempts was in use for 0 s"
    ) as raised:
        bench.call()
    assert outcome_of(raised.value) is Outcome.LIMITED
    assert held.content == b"ok"
    bench.call()
    assert bench.controls.pipeline.hosts[HOST].limiter.in_flight == 0  # type: ignore[union-attr]


def test_a_failed_attempt_gives_its_place_under_the_limit_back(clock: Clock) -> None:
    bench = Policed(clock, limiter=LIMIT_1)
    for _ in range(3):
        bench.peer.replies = [Reply(error=ConnectionResetError())]
        with pytest.raises(requests.ConnectionError):
            bench.call()
    bench.call()


def test_a_retry_takes_a_place_of_its_own(clock: Clock) -> None:
    bench = Policed(clock, limiter=LIMIT_1, retry=RETRY)
    bench.peer.replies = [Reply(503), Reply(error=ConnectionResetError()), Reply()]
    assert len(bench.call().attempts) == 3


def test_the_wait_for_a_place_is_a_part_of_the_attempt(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Policed(clock, limiter={**LIMIT_1, "max_wait_s": 0.5})
    bench.call()
    limiter = bench.controls.pipeline.hosts[HOST].limiter
    enter = limiter.enter  # type: ignore[union-attr]

    def enter_late(wait_s: float) -> object:
        if not wait_s:
            return None
        clock.sleep(wait_s / 2)
        return enter(wait_s)

    monkeypatch.setattr(limiter, "enter", enter_late)
    (attempt,) = bench.call().attempts
    assert attempt.limiter_wait_s == pytest.approx(0.25)


@pytest.mark.parametrize(("total_s", "outcome"), [(0.6, Outcome.LIMITED), (0.4, Outcome.DEADLINE)])
def test_a_wait_for_a_place_ends_at_the_deadline_or_is_refused_before_it(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, total_s: float, outcome: Outcome
) -> None:
    bench = Policed(clock, limiter={**LIMIT_1, "max_wait_s": 0.5}, timeout={"total_s": total_s})
    bench.call()
    limiter = bench.controls.pipeline.hosts[HOST].limiter
    monkeypatch.setattr(limiter, "enter", clock.sleep)
    with pytest.raises(requests.ConnectionError) as raised:
        bench.call()
    assert outcome_of(raised.value) is outcome


def test_the_limiter_is_decided_by_the_time_to_the_head(clock: Clock) -> None:
    bench = Policed(clock, limiter={"kind": "aimd", "initial": 10, "timeout_s": 0.001})
    for _ in range(10):
        bench.call()
    clock.sleep(1.0)
    bench.call()
    assert bench.controls.pipeline.hosts[HOST].limiter.limit == 9.0  # type: ignore[union-attr]


def test_a_busy_status_is_a_drop(clock: Clock) -> None:
    bench = Policed(clock, limiter={"kind": "aimd", "initial": 10})
    clock.sleep(1.0)
    bench.peer.replies = [Reply(503) for _ in range(10)]
    for _ in range(10):
        bench.call()
    clock.sleep(1.0)
    bench.call()
    assert bench.controls.pipeline.hosts[HOST].limiter.limit == 9.0  # type: ignore[union-attr]


def test_the_lever_switches_a_limiter_on_and_off(clock: Clock) -> None:
    bench = Policed(clock)
    bench.controls.set_limiter(on=True)
    bench.call()
    hosts = bench.controls.pipeline.hosts
    assert hosts[HOST].limiter.limit == 3.0  # type: ignore[union-attr]
    bench.controls.set_limiter(on=False)
    assert not bench.controls.pipeline.active
    bench.call()
    bench.controls.set_limiter(on=True)
    bench.call()
    assert hosts[HOST].limiter is not None


class Accounts:
    """A budget that grants everything at a cost of 2, and writes down what it was told."""

    def __init__(self) -> None:
        self.calls = 0
        self.throttled: list[bool] = []
        self.results: list[tuple[bool, float]] = []

    def call(self, now: float) -> None:
        """Counts the call."""
        self.calls += 1

    def withdraw(self, now: float, throttled: bool) -> float:
        """Writes down why."""
        self.throttled.append(throttled)
        return 2.0

    def result(self, ok: bool, paid: float) -> None:
        """Writes down what an attempt brought and cost."""
        self.results.append((ok, paid))

    def left_ratio(self, now: float) -> float:
        """It never runs out."""
        return 1.0


def _accounted(clock: Clock, *replies: Reply) -> Accounts:
    """What the budget is told of one call that meets these replies."""
    retry = {"total": 3, "status_forcelist": [429, 500, 503], "raise_on_status": False}
    bench = Policed(clock, retry={**retry, "budget": {"kind": "quota"}})
    accounts = bench.controls.pipeline.budget = Accounts()
    bench.peer.replies = list(replies)
    bench.call()
    assert bench.peer.replies == []
    return accounts


def test_a_call_without_retries_costs_the_budget_nothing(clock: Clock) -> None:
    accounts = _accounted(clock, Reply(200))
    assert (accounts.calls, accounts.throttled, accounts.results) == (1, [], [(True, 0.0)])


def test_redirects_are_no_calls_and_no_retries_to_the_budget(clock: Clock) -> None:
    there = Reply(302, headers={"Location": "/there"})
    accounts = _accounted(clock, there, there, Reply(200))
    assert (accounts.calls, accounts.throttled) == (1, [])
    assert accounts.results == [(True, 0.0)] * 3


def test_a_retry_after_a_redirect_is_paid_for_once(clock: Clock) -> None:
    accounts = _accounted(clock, Reply(302, headers={"Location": "/there"}), Reply(500), Reply(200))
    assert (accounts.calls, accounts.throttled) == (1, [False])
    assert accounts.results == [(True, 0.0), (False, 0.0), (True, 2.0)]


@pytest.mark.parametrize(("status", "asks_for_less"), [(429, True), (503, True), (500, False)])
def test_a_status_that_asks_for_less_load_is_named_to_the_budget(
    clock: Clock, status: int, asks_for_less: bool
) -> None:
    assert _accounted(clock, Reply(status), Reply()).throttled == [asks_for_less]


def test_a_retry_after_header_asks_for_less_load(clock: Clock) -> None:
    assert _accounted(clock, Reply(500, headers={"Retry-After": "1"}), Reply()).throttled == [True]


@pytest.mark.parametrize(
    ("reply", "ok"),
    [
        (Reply(200), True), (Reply(404), True), (Reply(499), True), (Reply(429), False), (Reply(500), False),
        (Reply(503), False), (Reply(error=ConnectionResetError()), False),
    ],
    ids=lambda value: str(getattr(value, "status", value)),
)  # fmt: skip
def test_too_many_requests_server_errors_and_broken_connections_are_failures(
    clock: Clock, reply: Reply, ok: bool
) -> None:
    replies = [reply] if ok else [reply, Reply()]
    assert _accounted(clock, *replies).results[0] == (ok, 0.0)


def test_answers_of_429_open_the_breaker(clock: Clock) -> None:
    bench = Policed(clock, breaker=FAILING)
    bench.peer.replies = [Reply(429) for _ in range(4)]
    for _ in range(4):
        bench.call()
    with pytest.raises(BreakerOpen):
        bench.call()


def test_a_throttled_attempt_waits_until_the_deadline_and_not_longer(clock: Clock) -> None:
    bench = Policed(
        clock, timeout={"total_s": 2.0}, throttle={"kind": "rate", "rate_per_s": 0.1, "wait_s": 60.0}
    )
    bench.call()
    began_s = clock.now_s
    with pytest.raises(DeadlineExceeded):
        bench.call()
    assert bench.slept == [2.0]
    assert clock.now_s == began_s + 2.0
    assert len(bench.peer.seen) == 1


def test_a_backoff_as_long_as_what_is_left_is_not_begun(clock: Clock) -> None:
    retry = {**RETRY, "backoff": {"kind": "exponential", "base_s": 0.5}}
    bench = Policed(clock, timeout={"total_s": 1.0}, retry=retry)
    bench.peer.replies = [Reply(503, after_s=0.5, connect_s=0.0)]
    with pytest.raises(DeadlineExceeded):
        bench.call()
    assert bench.slept == []
    assert len(bench.peer.seen) == 1


def test_a_retry_gets_the_place_in_the_bulkhead_that_the_failed_attempt_held(clock: Clock) -> None:
    bench = Policed(clock, bulkhead={"connections": 1, "wait_s": 0.0}, retry={"total": 1})
    bench.peer.replies = [Reply(error=ConnectionResetError()), Reply()]
    assert len(bench.call().attempts) == 2


def test_a_timeout_at_the_deadline_is_the_deadline_s(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0})
    bench.peer.replies = [Reply(error=TimeoutError(), after_s=2.5)]
    with pytest.raises(DeadlineExceeded):
        bench.call()


def test_an_error_before_the_deadline_is_the_network_s(clock: Clock) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0})
    bench.peer.replies = [Reply(error=ConnectionResetError(), after_s=0.5)]
    with pytest.raises(requests.ConnectionError) as raised:
        bench.call()
    assert not isinstance(raised.value, DeadlineExceeded)


def test_a_refusal_names_its_request(clock: Clock) -> None:
    bench = Policed(clock)
    bench.controls.set_breaker("open")
    with pytest.raises(BreakerOpen) as raised:
        bench.call(path="/orders")
    assert raised.value.request is not None
    assert raised.value.request.url == f"{HOST.removesuffix(':80')}:80/orders"


def test_a_request_sent_by_the_adapter_alone_passes_the_policy_too(clock: Clock) -> None:
    bench = Policed(clock, breaker=FAILING)
    adapter = bench.session.get_adapter(HOST)
    request = bench.session.prepare_request(requests.Request("GET", HOST))
    bench.peer.replies = [Reply(500) for _ in range(4)]
    for _ in range(4):
        assert adapter.send(request).status_code == 500
        assert current.get() is None
    with pytest.raises(requests.ConnectionError, match="the breaker is open"):
        adapter.send(request)


def test_a_probe_that_found_no_connection_in_time_does_not_use_up_the_breaker(clock: Clock) -> None:
    bench = Policed(clock, breaker=FAILING, timeout={"total_s": 0.05})
    bench.peer_adapter(pool_maxsize=1, pool_block=True)
    bench.peer.replies = [Reply(500) for _ in range(4)]
    for _ in range(4):
        bench.call()
    clock.sleep(5.0)
    bench.controls.set_breaker("closed")
    held = bench.session.get(HOST, stream=True)
    bench.controls.set_breaker("auto")
    with pytest.raises(DeadlineExceeded):
        bench.call()
    assert held.content == b"ok"
    bench.call()
    assert len(bench.peer.seen) == 6


def test_an_attempt_that_was_overtaken_by_a_probe_gives_its_place_in_the_bulkhead_back(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Policed(clock, breaker=FAILING, bulkhead={"connections": 1, "wait_s": 0.0})
    bench.call()
    (host,) = bench.controls.pipeline.hosts.values()
    assert host.breaker is not None
    assert host.bulkhead is not None
    monkeypatch.setattr(host.breaker, "allow", lambda _: None)
    with pytest.raises(BreakerOpen, match="is being probed"):
        bench.call()
    assert host.bulkhead.taken == 0


def test_without_a_lever_and_a_deadline_the_caller_s_timeouts_stay_as_they_are(clock: Clock) -> None:
    pipeline = Policed(clock).controls.pipeline
    given = Timeout(total=3.0)
    assert pipeline.timeouts(pipeline.begin(), given) is given


def test_past_the_deadline_an_attempt_has_a_millisecond(clock: Clock) -> None:
    pipeline = Policed(clock, timeout={"total_s": 1.0}).controls.pipeline
    context = pipeline.begin()
    clock.sleep(1.5)
    found = pipeline.timeouts(context, Timeout(connect=5.0, read=None))
    assert isinstance(found, Timeout)
    assert (found.connect_timeout, found.read_timeout) == (0.001, 0.001)


def test_a_wait_for_a_place_in_the_bulkhead_is_the_attempt_s(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Policed(clock, bulkhead={"connections": 1, "wait_s": 1.0})
    bench.call()
    bulkhead = bench.controls.pipeline.hosts[HOST].bulkhead
    assert bulkhead is not None
    enter = bulkhead.enter
    monkeypatch.setattr(bulkhead, "enter", lambda wait_s: clock.sleep(0.25) or enter(wait_s))
    (attempt,) = bench.call().attempts
    assert attempt.pool_wait_s == pytest.approx(0.25)


def test_every_attempt_has_a_timer_at_the_call_s_deadline(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Policed(clock, timeout={"total_s": 2.0}, retry=RETRY)
    scheduler, asked = bench.controls.pipeline.deadline_scheduler, list[float]()
    at = scheduler.at
    monkeypatch.setattr(scheduler, "at", lambda when_s, conn: asked.append(when_s) or at(when_s, conn))
    bench.peer.replies = [Reply(503), Reply()]
    begun_s = clock.now_s
    bench.call()
    assert asked == [begun_s + 2.0] * 2


@pytest.mark.parametrize(
    ("lever", "settings"),
    [
        ("set_throttle", (5.0,)), ("set_retries", (1,)), ("set_budget", (0.1,)), ("set_breaker", ("open",)),
        ("set_limiter", (True,)),
        ("set_timeouts", (1.0, 1.0)), ("set_pool_maxsize", (5,)),
    ],
)  # fmt: skip
def test_each_lever_reaches_a_session_that_is_in_use(
    clock: Clock, lever: str, settings: tuple[Any, ...]
) -> None:
    bench = Policed(clock)
    bench.call()
    getattr(bench.controls, lever)(*settings)
    assert "send" in vars(bench.session)


def test_without_retries_a_broken_connection_is_not_tried_again(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_retries(False)
    bench.peer.replies = [Reply(error=ConnectionResetError())]
    with pytest.raises(requests.ConnectionError):
        bench.call()
    assert len(bench.peer.seen) == 1


def test_an_attempt_that_could_not_be_admitted_uses_up_no_probe(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Policed(clock, breaker=FAILING)
    bench.call()
    breaker = bench.controls.pipeline.hosts[HOST].breaker
    assert breaker is not None
    settled: list[bool | None] = []
    settle = breaker.settle
    monkeypatch.setattr(breaker, "settle", lambda n, now, ok: settled.append(ok) or settle(n, now, ok))
    monkeypatch.setattr(bench.controls.pipeline, "timeouts", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bench.session.get(HOST)
    assert settled == [None]


def test_attaching_and_activating_twice_is_as_good_as_once(clock: Clock) -> None:
    bench = Policed(clock)
    assert bench.controls.attach(bench.session) is bench.session
    bench.call()
    bench.controls.set_retries(False)
    pool = bench.session.get_adapter(HOST).poolmanager.connection_from_url(HOST)  # type: ignore[attr-defined]
    hooked, send = pool.urlopen, bench.session.send
    bench.controls.set_retries(None)
    assert (pool.urlopen, bench.session.send) == (hooked, send)


def _theirs(clock: Clock) -> Policed:
    """A team's own Session: no table of ours, a Retry of their own class."""

    class TeamRetry(Retry):
        """Theirs."""

    bench = Policed(clock)
    bench.peer_adapter(max_retries=TeamRetry(3, status_forcelist=[503]))
    return bench


def test_retries_can_be_switched_off_and_on_in_any_session(clock: Clock) -> None:
    bench = _theirs(clock)
    for lever, attempts in ((False, 1), (1, 2), (True, 4)):
        bench.controls.set_retries(lever)
        bench.peer.seen.clear()
        bench.peer.replies = [Reply(503) for _ in range(3)]
        try:
            bench.call()
        except requests.exceptions.RetryError:
            assert lever == 1
        assert len(bench.peer.seen) == attempts


def test_a_budget_can_be_put_on_any_session(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_budget(0.0)
    bench.peer.replies = [Reply(503)]
    with pytest.raises(BudgetExhausted):
        bench.call()
    assert len(bench.peer.seen) == 1
    bench.controls.set_budget(None)
    bench.peer.replies = [Reply(503)]
    assert len(bench.call().attempts) == 2


def test_a_throttle_can_be_put_on_any_session(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_throttle(1.0, wait_s=0.5)
    bench.call()
    with pytest.raises(Throttled):
        bench.call()
    bench.controls.set_throttle(None)
    bench.call()


def test_a_lever_s_throttle_lets_an_attempt_wait_for_a_second(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_throttle(1.0)
    bench.call()
    bench.call()
    assert bench.slept == [pytest.approx(1.0 - 0.021)]
    clock.sleep(-0.03)
    with pytest.raises(Throttled):
        bench.call()


@pytest.mark.parametrize("off", [None, False])
def test_a_lever_s_budget_and_throttle_are_taken_away_by_none_and_false(clock: Clock, off: Any) -> None:
    bench = Policed(clock, retry={**RETRY, "budget": {"kind": "quota"}})
    own = bench.controls.pipeline.budget
    bench.controls.set_budget(0.5)
    bench.controls.set_throttle(5.0)
    assert bench.controls.pipeline.budget is not own
    bench.controls.set_budget(off)
    bench.controls.set_throttle(off)
    assert bench.controls.pipeline.budget is own
    assert bench.controls.pipeline.rate is None


def test_a_breaker_can_be_forced_on_any_session(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_breaker("open")
    with pytest.raises(BreakerOpen):
        bench.call()
    bench.controls.set_breaker("auto")
    bench.call()


def test_timeouts_can_be_set_on_any_session(clock: Clock) -> None:
    bench = _theirs(clock)
    bench.controls.set_timeouts(0.25, 0.5)
    guard = bench.controls.pipeline
    found = guard.timeouts(guard.begin(), Timeout(connect=9.0, read=None))
    assert isinstance(found, Timeout)
    assert (found.connect_timeout, found.read_timeout) == (0.25, 0.5)


@pytest.mark.parametrize("block", [False, True])
def test_a_pool_can_grow_and_shrink_while_it_is_in_use(clock: Clock, block: bool) -> None:
    bench = Policed(clock)
    bench.peer_adapter(pool_maxsize=2, pool_block=block)
    held = [bench.session.get("http://upstream.test/", stream=True) for _ in range(2)]
    bench.controls.set_pool_maxsize(4)
    held += [bench.session.get("http://upstream.test/", stream=True) for _ in range(2)]
    (gauge,) = bench.tracer.gauges.values()
    assert (gauge.maxsize, gauge.in_use) == (4, 4)
    bench.controls.set_pool_maxsize(1)
    for response in held:
        assert response.content == b"ok"
    assert (gauge.maxsize, gauge.in_use, gauge.idle) == (1, 0, 1)
    bench.call()
    assert (gauge.maxsize, gauge.in_use, gauge.idle) == (1, 0, 1)


def _pipeline(clock: Clock, **tables: Any) -> Pipeline:
    return Pipeline(read(Policy, {"name": "p", **tables}, "p.toml"), clock)


@pytest.mark.parametrize(("status", "in_flight"), [(None, 0), (503, 1), (200, 1)])
def test_an_attempt_that_failed_frees_its_place_at_once_and_one_with_a_response_when_that_is_read(
    clock: Clock, status: int | None, in_flight: int
) -> None:
    pipeline = _pipeline(clock, limiter=LIMIT_1)
    limiter, context = pipeline.limiter_of(pipeline.host(HOST)), pipeline.begin()
    assert limiter is not None
    context.admission = limiter.enter(0.0)
    pipeline.result(context, HOST, status)
    assert limiter.in_flight == in_flight


def test_an_attempt_that_was_ended_for_a_better_one_tells_nothing_and_holds_nothing(clock: Clock) -> None:
    pipeline = _pipeline(clock, bulkhead={"connections": 1}, breaker={"minimum": 1})
    host, context = pipeline.host(HOST), pipeline.begin()
    assert host.bulkhead is not None
    assert host.breaker is not None
    context.slot, context.permit, context.cut = host.bulkhead.enter(0.0), (host.breaker, 0), True
    pipeline.result(context, HOST, None)
    assert (host.bulkhead.taken, host.breaker.state(clock())) == (0, "closed")


def test_with_the_retries_switched_off_a_read_error_stays_what_it_is(clock: Clock) -> None:
    """Not a MaxRetryError, which requests takes for a failed connection."""
    bench = Policed(clock, retry=RETRY)
    bench.controls.set_retries(False)
    bench.peer.replies = [Reply(error=TimeoutError())]
    with pytest.raises(requests.ReadTimeout):
        bench.call()


def test_a_call_of_which_nothing_is_known_is_taken_to_be_streamed() -> None:
    assert Pipeline(Policy(name="p")).begin().streamed


@pytest.mark.parametrize(
    ("status", "refusal_ratio"), [(200, 0.0), (404, 0.0), (500, 0.0), (429, 0.5), (503, 0.5), (None, 0.5)]
)
def test_an_adaptive_throttle_learns_which_attempts_the_host_accepted(
    clock: Clock, status: int | None, refusal_ratio: float
) -> None:
    pipeline = _pipeline(clock, throttle={"kind": "adaptive", "k": 1.0})
    held = pipeline.host(HOST).throttle
    assert isinstance(held, AdaptiveThrottle)
    assert held.allow(clock(), Random(1))
    pipeline.result(pipeline.begin(), HOST, status)
    assert held.refusal_ratio(clock()) == refusal_ratio
