"""How a policy's sockets are set up."""

from __future__ import annotations

import socket

import requests
from urllib3.connection import HTTPConnection

from harness.model.resilience_settings import SocketSettings
from harness.session.build.socket_options import SocketAdapter, options

DEFAULTS = [(level, name, int(value)) for level, name, value in HTTPConnection.default_socket_options]
SOURCE = SocketSettings(source_address="127.0.0.2")


def test_without_settings_the_options_are_urllib3_s_own() -> None:
    assert options(SocketSettings()) == DEFAULTS


def test_keepalive_is_switched_on_with_the_system_s_own_times() -> None:
    assert options(SocketSettings(keepalive=True)) == [*DEFAULTS, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


def test_the_times_of_keepalive_follow() -> None:
    settings = SocketSettings(keepalive=True, keepalive_idle_s=30, keepalive_interval_s=5, keepalive_count=3)
    assert options(settings)[len(DEFAULTS) + 1 :] == [
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    ]


def test_a_source_address_is_bound_with_a_port_of_the_system_s_choice() -> None:
    pool = SocketAdapter(SOURCE).get_connection_with_tls_context(_request(), verify=True)
    assert pool.conn_kw["source_address"] == ("127.0.0.2", 0)


def test_without_a_source_address_none_is_bound() -> None:
    pool = SocketAdapter(SocketSettings()).get_connection_with_tls_context(_request(), verify=True)
    assert "source_address" not in pool.conn_kw
    assert pool.conn_kw["socket_options"] == DEFAULTS


def test_a_proxy_is_reached_from_the_same_address() -> None:
    manager = SocketAdapter(SOURCE).proxy_manager_for("http://proxy.test:3128")
    assert manager.connection_pool_kw["source_address"] == ("127.0.0.2", 0)


def _request() -> requests.PreparedRequest:
    return requests.Request("GET", "http://upstream.test/").prepare()
