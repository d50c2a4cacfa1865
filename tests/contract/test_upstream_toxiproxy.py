"""Toxiproxy's clients work against the admin API, and the toxics bite.

Driven by toxiproxy-python, a public client; what it can't say is said with plain HTTP.
"""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile


@pytest.fixture
def upstream() -> Iterator[EmbeddedUpstream]:
    with EmbeddedUpstream(Profile(name="behind")) as running:
        yield running


@pytest.fixture
def client(upstream: EmbeddedUpstream) -> Toxiproxy:
    made = Toxiproxy()
    host, port = upstream.admin.removeprefix("http://").split(":")
    made.update_api_consumer(host, int(port))
    return made


@pytest.fixture
def proxy(upstream: EmbeddedUpstream, client: Toxiproxy) -> Any:
    return client.create(name="orders", upstream=upstream.url.removeprefix("http://"))


def _seconds(proxy: Any, path: str = "/get") -> float:
    began_s = time.monotonic()
    assert requests.get(f"http://{proxy.listen}{path}", timeout=5).ok
    return time.monotonic() - began_s


def test_the_client_finds_the_server_and_its_version(client: Toxiproxy) -> None:
    assert client.running()
    assert b"version" in client.version()


def test_each_region_is_a_proxy_from_the_start(client: Toxiproxy, upstream: EmbeddedUpstream) -> None:
    assert client.get_proxy("main").listen == upstream.url.removeprefix("http://")


def test_a_proxy_is_created_listed_disabled_enabled_and_deleted(client: Toxiproxy, proxy: Any) -> None:
    assert set(client.proxies()) == {"main", "orders"}
    assert _seconds(proxy) < 5

    with proxy.down(), pytest.raises(requests.ConnectionError):
        _seconds(proxy)
    assert _seconds(proxy) < 5

    proxy.destroy()
    assert set(client.proxies()) == {"main"}
    with pytest.raises(requests.ConnectionError):
        _seconds(proxy)


def test_errors_become_the_client_library_s_exceptions(client: Toxiproxy, proxy: Any) -> None:
    with pytest.raises(InvalidToxic):
        proxy.add_toxic(type="no_such_toxic")
    with pytest.raises(NotFound):
        proxy.destroy_toxic("nobody")
    proxy.add_toxic(type="latency", attributes={"latency": 1})
    with pytest.raises(ProxyExists):  # its name for every 409
        proxy.add_toxic(type="latency", attributes={"latency": 1})


def test_populate_is_idempotent(client: Toxiproxy, upstream: EmbeddedUpstream) -> None:
    wanted = [{"name": "a", "upstream": upstream.url.removeprefix("http://"), "listen": "127.0.0.1:0"}]

    made = client.populate(wanted)

    assert [each.name for each in made] == ["a"]
    assert _seconds(made[0]) < 5


@pytest.mark.parametrize(
    ("kind", "attributes", "at_least_s"),
    [
        ("latency", {"latency": 120, "jitter": 0}, 0.12),
        ("bandwidth", {"rate": 20}, 0.2),
        ("slicer", {"average_size": 500, "size_variation": 10, "delay": 10_000}, 0.08),
    ],
)
def test_a_toxic_slows_a_download_and_its_removal_heals(
    proxy: Any, kind: str, attributes: dict[str, int], at_least_s: float
) -> None:
    proxy.add_toxic(type=kind, attributes=attributes)
    assert proxy.toxics()[f"{kind}_downstream"].attributes == attributes

    assert _seconds(proxy, "/bytes/5000") >= at_least_s

    proxy.destroy_toxic(f"{kind}_downstream")
    assert proxy.toxics() == {}
    assert _seconds(proxy, "/bytes/5000") < 5


def _heard(proxy: Any) -> tuple[bytes, str]:
    host, port = proxy.listen.split(":")
    with socket.create_connection((host, int(port)), timeout=2) as sock:
        sock.sendall(b"GET /bytes/5000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        try:
            while piece := sock.recv(65536):
                data += piece
        except ConnectionResetError:
            return data, "reset"
        return data, "fin"


def test_reset_peer_resets(proxy: Any) -> None:
    proxy.add_toxic(type="reset_peer", attributes={"timeout": 0})

    assert _heard(proxy) == (b"", "reset")


def test_limit_data_lets_exactly_so_many_bytes_through(proxy: Any) -> None:
    proxy.add_toxic(type="limit_data", attributes={"bytes": 1000})

    data, end = _heard(proxy)

    assert (len(data), end) == (1000, "fin")


def test_timeout_lets_nothing_through_and_closes(proxy: Any) -> None:
    proxy.add_toxic(type="timeout", attributes={"timeout": 100})

    assert _heard(proxy) == (b"", "fin")


def test_slow_close_keeps_the_connection_after_its_end(proxy: Any) -> None:
    proxy.add_toxic(type="slow_close", attributes={"delay": 150})
    began_s = time.monotonic()

    data, end = _heard(proxy)

    assert (len(data) > 5000, end) == (True, "fin")
    assert time.monotonic() - began_s >= 0.15


def test_toxicity_chooses_connections_by_the_seed(upstream: EmbeddedUpstream, proxy: Any) -> None:
    proxy.add_toxic(type="limit_data", attributes={"bytes": 0}, toxicity=0.5)

    hit = sum(_heard(proxy)[0] == b"" for _ in range(40))

    assert 8 <= hit <= 32  # five standard errors


def test_an_upstream_toxic_acts_on_requests(proxy: Any) -> None:
    proxy.add_toxic(type="latency", stream="upstream", attributes={"latency": 100})

    assert _seconds(proxy) >= 0.1


def test_a_toxic_on_a_region_bites_its_clients_and_leaves_again(
    client: Toxiproxy, upstream: EmbeddedUpstream
) -> None:
    region = client.get_proxy("main")
    region.add_toxic(type="reset_peer", attributes={"timeout": 0})

    with pytest.raises(requests.ConnectionError):
        requests.get(upstream.url + "/get", timeout=5)
    client.reset()

    assert requests.get(upstream.url + "/get", timeout=5).ok


def test_a_region_survives_a_client_that_deletes_every_proxy(
    client: Toxiproxy, upstream: EmbeddedUpstream, proxy: Any
) -> None:
    region = client.get_proxy("main")
    region.add_toxic(type="timeout", attributes={"timeout": 0})
    region.disable()

    client.destroy_all()

    assert set(client.proxies()) == {"main"}
    assert client.get_proxy("main").toxics() == {}
    assert requests.get(upstream.url + "/get", timeout=5).ok


def test_deleting_a_region_s_proxy_answers_204(upstream: EmbeddedUpstream) -> None:
    response = requests.delete(upstream.admin + "/proxies/main", timeout=5)

    assert (response.status_code, response.content) == (204, b"")


def test_a_toxic_can_be_updated(upstream: EmbeddedUpstream, proxy: Any) -> None:
    proxy.add_toxic(type="latency", attributes={"latency": 100, "jitter": 3})

    url = f"{upstream.admin}/proxies/orders/toxics/latency_downstream"
    told = requests.post(url, json={"attributes": {"latency": 7}, "toxicity": 0.5}, timeout=5).json()

    assert told == {
        "attributes": {"latency": 7, "jitter": 3},
        "name": "latency_downstream",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 0.5,
    }


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/proxies", {"upstream": "127.0.0.1:1"}, 400, "missing required field: name"),
        ("/proxies", {"name": "main", "upstream": "127.0.0.1:1"}, 409, "proxy already exists"),
        (
            "/proxies",
            {"name": "x", "upstream": "192.0.2.1:80"},
            400,
            "bad request body: 192.0.2.1 is not a loopback address",
        ),
        ("/proxies/nobody", {"enabled": True}, 404, "proxy not found"),
        ("/proxies/main/toxics", {"type": "x"}, 400, "invalid toxic type"),
        (
            "/proxies/main/toxics",
            {"type": "latency", "stream": "sideways"},
            400,
            "stream was invalid, can be either upstream or downstream",
        ),
        (
            "/proxies/main/toxics",
            {"type": []},
            400,
            "bad request body: type is [] (a list); it must be a string",
        ),
        (
            "/proxies/main/toxics",
            {"type": "slicer", "attributes": {"size_variation": -1}},
            400,
            "bad request body: size_variation is -1; it must be at least 0",
        ),
        ("/populate", [1], 400, "bad request body: proxies.0 is 1 (an integer); it must be a table"),
        (
            "/populate",
            {"name": "x"},
            400,
            'bad request body: proxies is {"name": "x"} (a table); it must be a list',
        ),
        ("/proxies", [], 400, "bad request body: the body must be a JSON object"),
        (
            "/proxies",
            {"name": "x", "upstream": "127.0.0.1:²"},
            400,
            "bad request body: 127.0.0.1:² is not host:port",
        ),
    ],
)
def test_errors_are_toxiproxys(
    upstream: EmbeddedUpstream, path: str, body: Any, status: int, error: str
) -> None:
    response = requests.post(upstream.admin + path, json=body, timeout=5)

    assert (response.status_code, response.json()) == (status, {"error": error, "status": status})
