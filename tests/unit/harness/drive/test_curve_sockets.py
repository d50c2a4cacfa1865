"""A master and a worker exchange messages only if both have the same token. libzmq opens its own sockets here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import zmq
from zmq.utils.monitor import recv_monitor_message

from harness.drive.curve_sockets import set_keys

TOKEN, OTHER = "a" * 32, "b" * 32
WAIT_MS = 10_000
REFUSED = (
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


@contextmanager
def _pair(master: str, worker: str) -> Iterator[tuple[Any, Any, Any]]:
    """A master's and a worker's socket with these tokens ("" for none), and what the master's monitor reports."""
    with zmq.Context() as context:
        leads, works = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        for one, token in ((leads, master), (works, worker)):
            one.linger = 0
            if token:
                set_keys(one, token, master=one is leads)
        monitor = leads.get_monitor_socket(REFUSED | zmq.EVENT_DISCONNECTED)
        works.connect(f"tcp://127.0.0.1:{leads.bind_to_random_port('tcp://127.0.0.1')}")
        yield leads, works, monitor
        leads.disable_monitor()
        for one in (leads, works, monitor):
            one.close(0)


def test_messages_go_both_ways_between_holders_of_the_same_token() -> None:
    with _pair(TOKEN, TOKEN) as (master, worker, _):
        worker.send(b"ready")
        assert master.poll(WAIT_MS)
        identity, received = master.recv_multipart()
        master.send_multipart([identity, b"order"])
        assert worker.poll(WAIT_MS)
        assert (received, worker.recv()) == (b"ready", b"order")


@pytest.mark.parametrize(("master", "worker"), [(TOKEN, OTHER), (TOKEN, ""), ("", TOKEN)])
def test_nothing_is_exchanged_without_the_same_token(master: str, worker: str) -> None:
    with _pair(master, worker) as (leads, works, monitor):
        works.send(b"ready")
        assert monitor.poll(WAIT_MS)
        assert recv_monitor_message(monitor)["event"] & (REFUSED | zmq.EVENT_DISCONNECTED)
        assert leads.poll(0) == 0
        assert works.poll(0) == 0
