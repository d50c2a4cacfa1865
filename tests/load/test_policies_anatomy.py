"""The anatomy over real sockets: TLS, proxies, and callers that wait for a connection."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from harness.model.call import Outcome
from tests.load.served import Served, upstream

NO_ENV = {"trust_env": False}


@contextmanager
def _proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that tunnels and forwards; what it was asked for first on each connection is kept."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_accept, args=(listener, asked), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5.0)


def _accept(listener: socket.socket, asked: list[bytes]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        asked.append(head)
        method, target, _ = head.split(b" ", 2)
        place = target if method == b"CONNECT" else target.split(b"/")[2]
        host, _, port = place.decode().partition(":")
        server = socket.create_connection((host, int(port)))
        if method == b"CONNECT":
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            server.sendall(_origin_form(head))
        for source, sink in ((client, server), (server, client)):
            Thread(target=_pump, args=(source, sink), daemon=True).start()


def _origin_form(piece: bytes) -> bytes:
    """A proxy is asked for a whole URL, and asks the origin for the path."""
    return re.sub(rb"^GET http://[^/]+/", b"GET /", piece)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(_origin_form(piece))
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def test_tls_is_timed_apart_from_the_connection_it_belongs_to() -> None:
    with upstream(tls={}) as served:
        client = Served(served, session={**NO_ENV, "verify": str(served.announced["ca"])})
        path = f"{served.announced['secure_url']}/get"
        first, second = client.call(path=path).attempts[0], client.call(path=path).attempts[0]
        assert 0.0 < first.tls_s < first.connect_s < first.first_byte_s
        assert (second.tls_s, second.connect_s, second.new_connection) == (0.0, 0.0, False)
        client.assert_whole()


def test_without_tls_there_is_no_tls_time() -> None:
    with upstream() as served:
        (attempt,) = Served(served, session=NO_ENV).call().attempts
        assert attempt.tls_s == 0.0 < attempt.connect_s


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxied_call_is_taken_apart_like_any_other(scheme: str) -> None:
    with upstream(tls={}) as served, _proxy() as (proxy, asked):
        session = {**NO_ENV, "proxies": {scheme: proxy}, "verify": str(served.announced["ca"])}
        client = Served(served, session=session)
        url = served.url if scheme == "http" else str(served.announced["secure_url"])
        calls = [client.call(path=url + "/get") for _ in range(3)]
        assert [call.outcome for call in calls] == [Outcome.OK] * 3
        assert [call.attempts[0].new_connection for call in calls] == [True, False, False]
        assert (calls[0].attempts[0].tls_s > 0.0) == (scheme == "https")
        assert asked[0].startswith(b"CONNECT" if scheme == "https" else b"GET http://")
        assert len(asked) == 1
        client.assert_whole()


def test_a_proxy_that_is_not_there_is_the_proxy_s_fault() -> None:
    with upstream(tls={}) as served, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        proxies = {"https": f"http://127.0.0.1:{port}"}
        client = Served(served, session={**NO_ENV, "proxies": proxies}, retry={"total": 1})
        call = client.call(path=f"{served.announced['secure_url']}/get")
        assert call.outcome is Outcome.PROXY
        assert [attempt.error for attempt in call.attempts] == ["proxy", "proxy"]
        client.assert_whole()


def test_a_wait_that_goes_on_is_seen_before_it_ends() -> None:
    with upstream() as served:
        client = Served(served, session=NO_ENV, adapter={"pool_maxsize": 1, "pool_block": True})
        held = client.session.get(served.url + "/get", stream=True)
        waiter = threading.Thread(target=client.call)
        waiter.start()
        (gauge,) = client.tracer.gauges.values()
        until_s = time.monotonic() + 5.0
        while gauge.longest_wait_s(time.monotonic()) < 0.2:
            assert time.monotonic() < until_s
            Event().wait(0.01)
        assert (gauge.waiting, client.calls) == (1, [])
        assert held.content
        waiter.join(5.0)
        assert client.calls[0].attempts[0].pool_wait_s >= 0.2
        client.assert_whole()


def test_connections_are_warm_before_the_first_call() -> None:
    from harness.session.build.warm_up import open_connections

    with upstream() as served:
        client = Served(served, session=NO_ENV, adapter={"pool_maxsize": 8})
        assert open_connections(client.session, served.url, 8) == 8
        (gauge,) = client.tracer.gauges.values()
        assert (gauge.opened, gauge.idle, gauge.in_use) == (8, 8, 0)
        assert not client.call().attempts[0].new_connection


def test_a_source_address_is_what_the_peer_sees() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, upstream() as served:
        client = Served(served, session=NO_ENV, socket={"source_address": "127.0.0.9", "keepalive": True})
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        calling = Thread(target=client.call, kwargs={"path": url})
        calling.start()
        peer, address = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            calling.join(5.0)
        assert address[0] == "127.0.0.9"
        assert client.calls[0].outcome is Outcome.OK
