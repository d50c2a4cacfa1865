"""A call to the edge of a service: sent once, on a connection of its own, whatever becomes of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from harness.drive.edge_transport import EdgeTransport
from harness.model.call import Call, Outcome
from harness.session.client.whole_response import WholeResponse
from harness.session.trace.trace import CallTrace


class Served:
    """A server that sends the same bytes on every connection, and keeps what it has received."""

    def __init__(self, sent: bytes) -> None:
        self.sent, self.received = sent, list[bytes]()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.received.append(connection.recv(1 << 16))
                connection.sendall(self.sent)


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    server = Served(request.param)
    yield server
    server.listener.close()


def call(url: str, method: str = "GET", **kwargs: object) -> WholeResponse:
    """One call with the key 7.1."""
    transport = EdgeTransport(url)
    with CallTrace(Call(7, 1, method, "", 0.0, 0.0), keyed=True):
        return transport.exchange(method, url + "/a?b=1", **kwargs)


@pytest.mark.parametrize("served", [b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"], indirect=True)
def test_a_call_is_sent_with_its_key_and_its_response_is_whole(served: Served) -> None:
    response = call(served.url, "POST", json={"a": 1})
    assert (response.status_code, response.content) == (201, b"ok")
    head, _, body = served.received[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert b"X-Surgeline-Key: 7.1" in head
    assert b"Connection: close" in head
    assert body == b'{"a": 1}'


@pytest.mark.parametrize(
    "served",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", b"HTTP/1.1 200 OK\r\nCont"],
    indirect=True,
)
def test_a_connection_that_is_closed_early_is_a_failure_and_nothing_is_sent_again(served: Served) -> None:
    with pytest.raises(EdgeTransport.errors) as failed:
        call(served.url)
    assert EdgeTransport(served.url).outcome_of(failed.value, 0) is Outcome.PROTOCOL
    assert len(served.received) == 1


def test_a_service_that_does_not_listen_refuses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ConnectionRefusedError) as failed:
        call(url)
    assert EdgeTransport(url).outcome_of(failed.value, 0) is Outcome.CONNECT_REFUSED
