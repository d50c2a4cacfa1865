"""c workers and a queue, known answers: time is a number that we choose."""

import heapq
import random

import pytest

from mock_upstream.engine.queue_model import Job, Workers


def _run(workers: Workers[int], arrivals: list[tuple[float, float]], late_s: float = 0.0) -> list[Job[int]]:
    """Offer (time, work) in order and return the jobs as they end; every look at the clock is late."""
    ended: list[Job[int]] = []
    for number, (arrival_s, work_s) in enumerate(arrivals):
        ended += workers.advance(arrival_s)
        workers.offer(number, work_s, arrival_s)
    while (due := workers.next_finish_s()) is not None:
        ended += workers.advance(due + late_s)
    return ended


def test_saturated_workers_end_exactly_c_jobs_per_service_time() -> None:
    ended = _run(Workers(8), [(0.0, 0.020)] * 4000)

    assert ended[-1].finish_s == pytest.approx(4000 / 400)


def test_late_timers_cost_no_capacity() -> None:
    ended = _run(Workers(4), [(0.0, 0.020)] * 400, late_s=0.004)

    assert ended[-1].finish_s == pytest.approx(400 / 200)


def test_waits_follow_the_queue_recursion_job_by_job() -> None:
    rng = random.Random(1)
    now, arrivals = 0.0, []
    for _ in range(2000):
        now += rng.expovariate(320)
        arrivals.append((now, rng.expovariate(50)))
    free = [0.0] * 8
    expected = []
    for arrival_s, work_s in arrivals:
        start_s = max(arrival_s, heapq.heappop(free))
        heapq.heappush(free, start_s + work_s)
        expected.append(start_s)

    ended = _run(Workers(8), arrivals)

    assert [job.start_s for job in sorted(ended, key=lambda job: job.subject)] == pytest.approx(expected)


def test_a_full_queue_refuses_a_job() -> None:
    workers: Workers[int] = Workers(1, queue=1)

    taken = [workers.offer(number, 1.0, 0.0) is not None for number in range(3)]

    assert taken == [True, True, False]


def test_lifo_serves_the_last_to_come() -> None:
    ended = _run(Workers(1, discipline="lifo"), [(0.0, 1.0), (0.1, 1.0), (0.2, 1.0)])

    assert [job.subject for job in ended] == [0, 2, 1]


def test_cancelled_work_frees_its_worker_at_once() -> None:
    workers: Workers[int] = Workers(1)
    first, second = workers.offer(1, 10.0, 0.0), workers.offer(2, 1.0, 0.0)
    assert first is not None
    assert second is not None

    workers.cancel(first, 0.5)

    assert second.start_s == 0.5
    assert workers.next_finish_s() == 1.5


def test_a_cancelled_wait_makes_room_in_the_queue() -> None:
    workers: Workers[int] = Workers(1, queue=1)
    workers.offer(1, 10.0, 0.0)
    waiting = workers.offer(2, 1.0, 0.0)
    assert waiting is not None

    workers.cancel(waiting, 0.5)

    assert workers.waiting == 0
    assert workers.offer(3, 1.0, 0.6) is not None


def test_brownout_slows_by_the_number_of_busy_workers() -> None:
    workers: Workers[int] = Workers(4, brownout=0.5)

    finishes = [job.finish_s for _ in range(3) if (job := workers.offer(0, 1.0, 0.0))]

    assert finishes == [1.0, 1.5, 2.0]


def test_more_workers_start_those_who_wait() -> None:
    workers: Workers[int] = Workers(1)
    jobs = [workers.offer(number, 1.0, 0.0) for number in range(3)]

    workers.resize(3, None, 0.25)

    assert [job.start_s for job in jobs if job] == [0.0, 0.25, 0.25]


def test_without_a_number_there_are_always_enough_workers() -> None:
    workers: Workers[int] = Workers(None)

    assert [job.start_s for number in range(100) if (job := workers.offer(number, 1.0, 0.0))] == [0.0] * 100


def test_a_job_that_had_ended_before_a_pause_is_not_cancelled_in_it() -> None:
    workers: Workers[int] = Workers(1)
    job = workers.offer(1, 1.0, 0.0)
    assert job is not None
    workers.advance(1.0)
    workers.pause(1.0)

    workers.cancel(job, 2.0)

    assert not job.cancelled
