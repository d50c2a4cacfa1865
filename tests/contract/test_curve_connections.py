"""What ZeroMQ's CURVE does with our keys on a real connection: only messages of a holder of the token arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import zmq

from harness.drive.curve_keys import ADMISSION, MOST_MESSAGE_BYTES, admission, set_keys
from tests.recording_relay import Relay

TOKEN, OTHER = "t" * 43, "o" * 43
PATIENCE_MS = 20_000
OF_LOCUST = b"\x93\xacclient_ready\xa62.47.0\xa8stranger"


class Master:
    """A master's socket, and its connections' events."""

    def __init__(self, token: str) -> None:
        self.context = zmq.Context()
        replies = self.context.socket(zmq.REP)
        replies.bind(ADMISSION)
        threading.Thread(target=self._admit, args=(replies, token), daemon=True).start()
        self.socket = self.context.socket(zmq.ROUTER)
        set_keys(self.socket, token, master=True)
        self._monitor = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")

    def receive(self) -> bytes:
        """The next message."""
        assert self.socket.poll(PATIENCE_MS), "no message arrived"
        return self.socket.recv_multipart()[1]

    def until_one_is_gone(self) -> None:
        """Waits for the end of a connection."""
        assert self._monitor.poll(PATIENCE_MS), "no connection ended"
        self._monitor.recv_multipart()

    def close(self) -> None:
        """Closes everything."""
        self.socket.disable_monitor()
        self._monitor.close(linger=0)
        self.socket.close(linger=0)
        self.context.term()

    def _admit(self, replies: Any, token: str) -> None:
        try:
            while True:
                replies.send_multipart(admission(token, replies.recv_multipart()))
        except zmq.ContextTerminated:
            replies.close(linger=0)


@pytest.fixture
def master() -> Iterator[Master]:
    made = Master(TOKEN)
    yield made
    made.close()


@contextmanager
def worker(port: int, token: str, **options: Any) -> Iterator[zmq.Socket[bytes]]:
    """A worker's socket with the keys of a token, or with none for "". `options` replace those that the keys set."""
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    if token:
        set_keys(socket, token, master=False)
    for name, value in options.items():
        setattr(socket, name, value)
    socket.connect(f"tcp://127.0.0.1:{port}")
    yield socket
    context.destroy(linger=0)


def _own_message_arrives(master: Master) -> None:
    """A worker's message arrives as the next one: nothing came before it, and the master still listens."""
    with worker(master.port, TOKEN) as own:
        own.send(b"own")
        assert master.receive() == b"own"


def test_messages_of_both_sides_of_one_token_arrive(master: Master) -> None:
    with worker(master.port, TOKEN) as own:
        own.send(b"request")
        identity, request = master.socket.recv_multipart()
        master.socket.send_multipart([identity, b"order"])
        assert (request, own.recv()) == (b"request", b"order")


@pytest.mark.parametrize(
    ("token", "options"),
    [
        ("", {}),
        (OTHER, {}),
        (
            TOKEN,
            dict(zip(("curve_publickey", "curve_secretkey"), zmq.curve_keypair(), strict=True)),
        ),
    ],
    ids=["no key", "the keys of another token", "the master's public key and a key of its own"],
)
def test_nothing_of_a_stranger_arrives(master: Master, token: str, options: dict[str, Any]) -> None:
    with worker(master.port, token, **options) as stranger:
        stranger.send(OF_LOCUST)
        master.until_one_is_gone()
        _own_message_arrives(master)
        assert not stranger.poll(0)


def test_a_worker_sends_nothing_to_a_master_of_another_token() -> None:
    false = Master(OTHER)
    with worker(false.port, TOKEN) as own:
        own.send(b"request")
        false.until_one_is_gone()
        with worker(false.port, OTHER) as accomplice:
            accomplice.send(b"own")
            assert false.receive() == b"own"
    false.close()


def test_a_whole_recorded_connection_is_worth_nothing(master: Master) -> None:
    with Relay(master.port) as relay, worker(relay.port, TOKEN) as own:
        own.send(b"once")
        assert master.receive() == b"once"
        recorded = bytes(relay.sent)
    master.until_one_is_gone()
    with Relay(master.port) as again:
        again.change = lambda _: recorded
        with worker(again.port, ""):
            master.until_one_is_gone()
        _own_message_arrives(master)


@pytest.mark.parametrize("kind", ["repeated", "other direction", "other connection", "changed"])
def test_a_message_that_was_tampered_with_ends_its_connection_and_does_not_arrive(
    master: Master, kind: str
) -> None:
    with (
        Relay(master.port) as relay,
        Relay(master.port) as other_relay,
        worker(relay.port, TOKEN) as own,
        worker(other_relay.port, TOKEN) as other,
    ):
        recorded = _recorded(master, relay, own)
        other_recorded = _recorded(master, other_relay, other)
        added = {
            "repeated": recorded[0],
            "other direction": recorded[1],
            "other connection": other_recorded[0],
        }
        if kind in added:
            relay.add(added[kind])
        else:
            relay.change = _with_last_bit_flipped
            own.send(b"changed")
        master.until_one_is_gone()
        relay.change = bytes
        _own_message_arrives(master)


def test_a_message_that_ends_half_way_does_not_arrive(master: Master) -> None:
    with Relay(master.port) as relay, worker(relay.port, TOKEN) as own:
        _recorded(master, relay, own)
        relay.change = lambda data: data[: len(data) // 2]
        before = len(relay.sent)
        own.send(b"half")
        while len(relay.sent) == before:
            assert not master.socket.poll(10)
        relay.cut()
        master.until_one_is_gone()
        _own_message_arrives(master)


def test_a_message_beyond_the_largest_size_is_not_read(master: Master) -> None:
    with worker(master.port, TOKEN) as own:
        own.send(b"own")
        assert master.receive() == b"own"
        own.send(bytes(MOST_MESSAGE_BYTES + 1), copy=False)
        master.until_one_is_gone()
        _own_message_arrives(master)


def test_without_the_check_of_keys_nobody_is_admitted() -> None:
    """A context where nothing replies at the address of the check admits nobody, instead of everybody."""
    context = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    set_keys(socket, TOKEN, master=True)
    monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    with worker(socket.bind_to_random_port("tcp://127.0.0.1"), TOKEN) as own:
        own.send(b"own")
        assert monitor.poll(PATIENCE_MS)
        assert not socket.poll(0)
    socket.disable_monitor()
    context.destroy(linger=0)


def test_an_order_that_is_repeated_arrives_once(master: Master) -> None:
    with Relay(master.port) as relay, worker(relay.port, TOKEN) as own:
        own.send(b"first")
        identity, _ = master.socket.recv_multipart()
        before = len(relay.returned)
        master.socket.send_multipart([identity, b"order"])
        assert own.recv() == b"order"
        relay.add_returned(bytes(relay.returned[before:]))
        master.until_one_is_gone()
        assert not own.poll(100)


def test_nothing_is_sent_in_plain_text(master: Master) -> None:
    with Relay(master.port) as relay, worker(relay.port, TOKEN) as own:
        own.send(b"request")
        identity, _ = master.socket.recv_multipart()
        master.socket.send_multipart([identity, b"order"])
        own.recv()
        assert b"request" not in relay.sent
        assert b"order" not in relay.returned


def _recorded(master: Master, relay: Relay, own: zmq.Socket[bytes]) -> tuple[bytes, bytes]:
    """The bytes of one message in each direction, after the handshake."""
    own.send(b"first")
    identity, _ = master.socket.recv_multipart()
    master.socket.send_multipart([identity, b"first"])
    own.recv()
    sent, returned = len(relay.sent), len(relay.returned)
    own.send(b"second")
    master.socket.recv_multipart()
    master.socket.send_multipart([identity, b"second"])
    own.recv()
    return bytes(relay.sent[sent:]), bytes(relay.returned[returned:])


def _with_last_bit_flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])
