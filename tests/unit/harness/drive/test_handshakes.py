"""What a master counts of the handshakes on its socket, and when a worker gives up."""

from __future__ import annotations

from harness.drive.handshakes import ADMITTED, CONNECTED, FAILED, MasterHandshakes, WorkerHandshakes

PLACE = "10.0.0.1:5557"


def _refusals(*events: int) -> list[str]:
    handshakes = MasterHandshakes()
    for event in events:
        handshakes.take(event)
    return handshakes.refusals


def test_a_master_with_its_workers_alone_has_refused_nobody() -> None:
    assert _refusals(CONNECTED, ADMITTED, CONNECTED, ADMITTED) == []


def test_a_master_counts_each_connection_that_was_not_admitted_once() -> None:
    silent, failed = (CONNECTED,), (CONNECTED, FAILED[0])
    assert _refusals(*silent) == ["1 connection was refused, without the run's token"]
    assert _refusals(CONNECTED, *failed, ADMITTED, *silent) == [
        "2 connections were refused, without the run's token"
    ]


def test_a_worker_gives_up_once_after_three_failed_handshakes() -> None:
    handshakes = WorkerHandshakes(PLACE)
    given_up = [handshakes.take(event) for event in (*FAILED, FAILED[0])]
    assert [str(error) for error in given_up if error is not None] == [
        f"--master: {PLACE} is no run with the same token; give both sides the same one"
    ]
    assert given_up[2] is not None


def test_a_worker_that_was_admitted_does_not_give_up() -> None:
    handshakes = WorkerHandshakes(PLACE)
    assert [handshakes.take(event) for event in (ADMITTED, *FAILED)] == [None] * 4
