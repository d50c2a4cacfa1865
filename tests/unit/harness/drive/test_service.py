"""What becomes of every arrival: it waits for a thread, is dropped, or is left over when the run ends."""

from __future__ import annotations

from types import SimpleNamespace

import gevent
import numpy as np
import pytest

from harness.drive import service as service_module
from harness.drive.arrival import Arrival
from harness.model.call import Call, Outcome
from harness.model.lever_catalogue import SetFeature, SetProcesses, SetThrottle
from harness.model.policy import Policy
from tests.unit.harness.drive.conftest import Thread

ONE_WAITS = ("scenario.service.threads=2", "scenario.service.max_waiting=1")
CLOSED = "scenario.arrivals=[{shape='closed', users=3, duration_s=10, think_s=0}]"


class Timer:
    """Wakes the caller on time, by moving the clock; every reading of it is 1 ms late."""

    clock = None
    closed = 0

    def sleep_until(self, moment_s):
        self.clock.now_s = max(self.clock.now_s, moment_s + 0.001)

    def close(self):
        type(self).closed += 1


@pytest.fixture
def timer(clock, monkeypatch):
    monkeypatch.setattr(Timer, "clock", clock)
    monkeypatch.setattr(Timer, "closed", 0)
    monkeypatch.setattr(service_module, "PreciseTimer", Timer)
    return Timer


def _began(number: int) -> Call:
    return Call(number, 0, "GET", "/", scheduled_s=0.0, started_s=0.5)


def test_every_arrival_is_dispatched_with_its_number_its_plan_and_its_real_time(serving, timer):
    bench = serving()
    bench.service.admit(np.array([0.0, 0.25, 0.75]))
    assert bench.service.arrived == 3
    assert bench.waiting() == [
        Arrival(0, 0.0, pytest.approx(0.001), thread_free=True),
        Arrival(1, 0.25, pytest.approx(0.251), thread_free=True),
        Arrival(2, 0.75, pytest.approx(0.751), thread_free=True),
    ]


def test_arrivals_are_due_by_the_schedule_while_the_machine_is_too_busy_to_dispatch_them(
    serving, timer, monkeypatch
):
    bench, seen = serving(index=1, processes=2), []

    def sleep_until(self, moment_s):
        if bench.service.arrived == 5 and not seen:  # the machine is busy for three seconds
            seen.extend(bench.service.due(until_s) for until_s in (0.5, 1.0, 2.0, 3.0))

    monkeypatch.setattr(Timer, "sleep_until", sleep_until)
    bench.service.admit(np.arange(0.0, 4.0, 0.05))
    assert seen == [5, 10, 20, 30]
    assert bench.service.due(4.0) == bench.service.arrived == 40


def test_the_timer_is_closed_when_the_last_arrival_is_dispatched(serving, timer):
    serving().service.admit(np.array([0.0]))
    assert timer.closed == 1


def test_two_processes_share_the_arrivals_without_loss_or_overlap(serving, timer):
    planned_s = np.linspace(0.0, 1.0, 11)
    shares = []
    for index in (0, 1):
        bench = serving(index=index, processes=2)
        bench.service.admit(planned_s)
        shares.append([arrival.number for arrival in bench.waiting()])
    assert shares == [[0, 2, 4, 6, 8, 10], [1, 3, 5, 7, 9]]


def test_from_a_resharing_on_and_not_before_the_arrivals_are_shared_anew(serving, timer):
    bench = serving(index=1, processes=2)
    bench.service.shares.append((0.4, 3))
    bench.service.admit(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]))
    assert [arrival.number for arrival in bench.waiting()] == [1, 4, 7]


def test_an_arrival_beyond_the_waiting_room_is_a_dropped_call(serving, clock):
    bench = serving(*ONE_WAITS)
    bench.service.busy_threads = 2
    clock.sleep(1.0)
    for number in (7, 8):
        bench.service._let_in(Arrival(number, 0.9, 0.95))
    (dropped,) = bench.reported
    assert (dropped.arrival, dropped.step, dropped.outcome) == (8, 0, Outcome.DROPPED)
    assert (dropped.scheduled_s, dropped.dispatched_s) == (0.9, 0.95)
    assert (dropped.started_s, dropped.ended_s) == (1.0, 1.0)
    assert [arrival.number for arrival in bench.waiting()] == [7]


def test_a_dropped_call_is_no_success_and_names_no_route_of_the_journey(serving):
    bench = serving("scenario.service.threads=1", "scenario.service.max_waiting=0")
    bench.service.busy_threads = 1
    bench.service._let_in(Arrival(0, 0.0, 0.0))
    assert not bench.reported[0].outcome.good
    assert bench.reported[0].route == "(no thread)"


def test_an_arrival_for_which_a_thread_is_free_is_never_dropped(serving):
    bench = serving("scenario.service.threads=2", "scenario.service.max_waiting=0")
    bench.service.busy_threads = 1
    bench.service._let_in(Arrival(0, 0.0, 0.0))
    assert bench.reported == []
    assert len(bench.waiting()) == 1


def test_without_a_limit_every_arrival_waits(serving):
    bench = serving("scenario.service.threads=1")
    bench.service.busy_threads = 1
    for number in range(50):
        bench.service._let_in(Arrival(number, 0.0, 0.0))
    assert (len(bench.waiting()), bench.reported) == (50, [])


def test_calls_under_way_and_arrivals_without_a_thread_are_unfinished(serving):
    bench = serving()
    bench.pool.under_way = [_began(0), _began(1)]
    bench.service.busy_threads = 2
    bench.service._let_in(Arrival(2, 0.1, 0.2))
    unfinished = bench.service.drain(3.0)
    assert [call.arrival for call in unfinished] == [0, 1, 2]
    assert {call.outcome for call in unfinished} == {Outcome.CANCELLED}


def test_unfinished_calls_end_when_the_drain_does(serving, clock):
    bench = serving()
    bench.pool.under_way = [_began(0)]
    bench.service.busy_threads = 1
    (call,) = bench.service.drain(3.0)
    assert call.ended_s == pytest.approx(3.0, abs=0.011)
    assert call.latency_s == call.ended_s - call.scheduled_s


def test_a_drain_ends_at_once_when_nothing_is_left(serving, clock):
    bench = serving()
    before_s = clock.now_s
    assert bench.service.drain(3.0) == []
    assert clock.now_s == before_s


def test_a_drain_goes_on_while_an_arrival_waits_for_a_thread(serving, clock):
    bench = serving()
    bench.service._let_in(Arrival(0, 0.0, 0.0))
    before_s = clock.now_s
    assert len(bench.service.drain(2.0)) == 1
    assert clock.now_s - before_s == pytest.approx(2.0, abs=0.011)


def test_a_thread_s_order_to_exit_is_no_unfinished_call(serving):
    bench = serving("scenario.service.threads=2")
    bench.service.set_threads(0)
    assert bench.service.drain(0.1) == []


def test_ended_dropped_and_unfinished_calls_are_as_many_as_arrivals(serving, timer):
    bench = serving(*ONE_WAITS)
    bench.service.busy_threads = 1
    bench.service.admit(np.linspace(0.0, 1.0, 20))
    served = bench.waiting()
    bench.service.busy_threads = 2
    bench.service._let_in(Arrival(20, 1.0, 1.0))
    bench.service._let_in(Arrival(21, 1.0, 1.0))
    unfinished = bench.service.drain(0.1)
    assert len(served) + len(bench.reported) + len(unfinished) == bench.service.arrived == 22


def test_a_thread_is_busy_for_as_long_as_its_journey(serving):
    bench = serving()
    seen = []
    thread = Thread(lambda: seen.append((bench.service.busy_threads, bench.service.idle)))
    bench.service.serve(thread, Arrival(4, 1.0, 1.5))
    assert seen == [(1, False)]
    assert bench.service.idle
    journey = thread.client.journey
    assert (journey.arrival, journey.due_s, journey.dispatched_s, journey.step) == (4, 1.0, 1.5, 0)


def test_an_arrival_for_which_a_thread_was_free_is_dispatched_when_that_thread_begins(serving, clock):
    bench, thread = serving(), Thread(lambda: None)
    clock.now_s += 2.0
    begun_s = bench.service.tracer.now()
    bench.service.serve(thread, Arrival(4, 1.0, 1.5, thread_free=True))
    assert thread.client.journey.dispatched_s == begun_s


def test_an_arrival_that_finds_all_threads_busy_waits_for_one_from_its_dispatch_on(serving):
    bench = serving("scenario.service.threads=2")
    bench.service.busy_threads = 1
    bench.service._let_in(Arrival(0, 0.0, 0.5))
    bench.service._let_in(Arrival(1, 0.0, 0.5))
    assert [arrival.thread_free for arrival in bench.waiting()] == [True, False]


def test_an_arrival_for_a_free_thread_is_beginning_until_that_thread_begins_it(serving):
    bench = serving("scenario.service.threads=1")
    seen = []
    bench.service._let_in(Arrival(0, 0.0, 0.5))
    assert bench.turns.beginning == 1
    arrival, *_ = bench.waiting()
    bench.service.serve(Thread(lambda: seen.append(bench.turns.beginning)), arrival)
    assert seen == [0]


def test_an_arrival_without_a_free_thread_is_not_beginning(serving):
    bench = serving("scenario.service.threads=1")
    bench.service.busy_threads = 1
    bench.service._let_in(Arrival(0, 0.0, 0.5))
    assert bench.turns.beginning == 0


def _fail(message: str) -> None:
    raise ValueError(message)


def test_a_journey_s_own_error_is_counted_and_its_thread_goes_on(serving, capsys):
    bench = serving()
    for _ in range(3):
        bench.service.serve(Thread(lambda: _fail("bad id")), Arrival(0, 0.0, 0.0))
    assert bench.service.journey_errors == {"ValueError: bad id": 3}
    assert bench.service.busy_threads == 0
    assert capsys.readouterr().err.count("Traceback") == 1


def test_errors_beyond_the_kept_ones_are_counted_together(serving, capsys):
    bench = serving()
    for number in range(25):
        bench.service.serve(Thread(lambda number=number: _fail(str(number))), Arrival(0, 0.0, 0.0))
    assert len(bench.service.journey_errors) == 21
    assert bench.service.journey_errors["other errors"] == 5


def test_closed_loop_users_begin_at_once_and_again_after_each_journey(serving, clock, timer):
    bench = serving(CLOSED)
    bench.service.admit(np.empty(0))
    assert [arrival.number for arrival in bench.waiting()] == [0, 1, 2]


def test_a_closed_loop_user_s_next_arrival_is_due_when_its_journey_has_ended(serving, clock, monkeypatch):
    bench = serving(CLOSED)
    monkeypatch.setattr(service_module.gevent, "sleep", lambda _: None)
    bench.service._admit_users(bench.service._order.scenario.closed)
    first = bench.waiting()[0]
    bench.service.serve(Thread(lambda: clock.sleep(4.0)), first)
    assert bench.waiting() == [Arrival(3, pytest.approx(4.0), pytest.approx(4.0), thread_free=True)]


def test_a_closed_loop_ends_with_its_duration(serving, clock):
    bench = serving(CLOSED)
    bench.service._admit_users(bench.service._order.scenario.closed)
    assert bench.service.tracer.now() == pytest.approx(10.0)
    (first, *_) = bench.waiting()
    bench.service.serve(Thread(), first)
    assert bench.waiting() == []


def test_a_closed_loop_that_begins_late_ends_at_the_same_time(serving, clock):
    bench = serving(CLOSED)
    clock.sleep(4.0)
    bench.service._admit_users(bench.service._order.scenario.closed)
    assert bench.service.tracer.now() == pytest.approx(10.0)


def test_closed_loop_users_are_shared_among_processes(serving):
    numbers = []
    for index in (0, 1):
        bench = serving(CLOSED, index=index, processes=2)
        bench.service._admit_users(bench.service._order.scenario.closed)
        numbers.append([arrival.number for arrival in bench.waiting()])
    assert numbers == [[0, 2], [1]]


def test_a_user_thinks_before_it_comes_again(serving, monkeypatch):
    later = []
    monkeypatch.setattr(gevent, "spawn_later", lambda seconds, function: later.append(seconds))
    bench = serving(CLOSED.replace("think_s=0", "think_s=2.5"))
    bench.service._admit_users(bench.service._order.scenario.closed)
    bench.service.serve(Thread(), bench.waiting()[0])
    assert later == [2.5]


def test_calls_of_an_open_loop_do_not_give_way(serving, timer, clock):
    bench = serving()
    bench.service.admit(np.array([0.0]))
    before_s = clock.now_s
    bench.service.tracer.give_way()
    assert clock.now_s == before_s


def test_opening_waits_for_a_client_of_every_thread(serving):
    bench = serving("scenario.service.threads=3")
    bench.service.open()
    assert (len(bench.pool.made), bench.environment.spawned) == (3, [3])
    assert len(bench.environment.test_start.kept) == 1


def test_the_epoch_is_set_before_connections_are_warmed_up(serving):
    bench = serving()
    bench.service.begin(1234.5)
    assert (bench.service.tracer.epoch_s, bench.pool.warm) == (1234.5, 1)


def test_more_threads_are_started_and_surplus_ones_exit_once_each(serving):
    bench = serving("scenario.service.threads=2")
    for threads in (2, 3, 5):
        bench.service.set_threads(threads)
    assert (bench.service.threads, bench.environment.spawned) == (5, [1, 2])
    bench.service.set_threads(3)
    assert bench.waiting() == [None, None]
    assert [bench.service.retires() for _ in range(3)] == [True, True, False]


def test_closing_lets_every_thread_exit_closes_the_clients_and_tells_locust(serving):
    bench = serving("scenario.service.threads=2")
    bench.service.close()
    assert bench.waiting() == [None, None]
    assert bench.service.clients.closed == 1
    assert len(bench.environment.test_stop.kept) == 1


def test_a_lever_of_the_service_takes_effect(serving):
    bench = serving()
    assert bench.service.pull(SetFeature(lever="feature", name="images", on=False)) == ""
    assert bench.service.features == {"images": False}


def test_a_lever_of_the_service_takes_effect_with_any_library(serving):
    bench = serving(policy=Policy(name="p", transport="aiohttp"))
    assert bench.service.pull(SetFeature(lever="feature", name="images", on=False)) == ""


def test_a_lever_of_the_client_takes_effect_on_requests(serving):
    bench, rates = serving(), []
    bench.service.clients.controls = SimpleNamespace(
        set_throttle=lambda **settings: rates.append(settings["rate_per_s"])
    )
    assert bench.service.pull(SetThrottle(lever="throttle", rate_per_s=1.0)) == ""
    assert rates == [1.0]


def test_a_lever_of_the_client_has_no_effect_on_another_library(serving):
    bench = serving(policy=Policy(name="p", transport="aiohttp"))
    problem = bench.service.pull(SetThrottle(lever="throttle", rate_per_s=1.0))
    assert problem == 'works only with requests, and the policy has transport = "aiohttp"'


def test_a_lever_of_several_processes_has_no_effect_in_one(serving):
    assert (
        serving().service.pull(SetProcesses(lever="processes", count=2))
        == "works only in a run of several processes"
    )
