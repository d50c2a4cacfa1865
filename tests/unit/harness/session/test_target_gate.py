"""New connections are opened to allowed targets only, whoever opens them."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
import urllib3.util.connection
from requests.adapters import HTTPAdapter

from harness.model.allowed_targets import AllowedTargets
from harness.model.call import Outcome
from harness.session import target_gate
from harness.session.build.warm_up import open_connections
from harness.session.errors import TargetRefused
from harness.session.outcome import outcome_of

NAMES = {
    "localhost": ["127.0.0.1"],
    "rebound.test": ["127.0.0.1", "203.0.113.7"],
    "inside.test": ["127.0.0.1"],
}
FOREIGN = "203.0.113.7"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """The addresses to which a connection was opened, which then fails; a gate that allows `api.test` is closed."""
    seen: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        seen.append(address)
        raise ConnectionRefusedError

    def resolve(host: str, *asked: object, **__: object) -> list[Any]:
        if host not in NAMES:
            raise socket.gaierror(socket.EAI_NONAME, "is not known")
        port = next((each for each in asked if isinstance(each, int)), 0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in NAMES[host]]

    async def connect_asynchronously(loop: object, sock: object, address: tuple[str, int]) -> None:
        connect(address)

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", connect_asynchronously)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    target_gate.install(AllowedTargets.of(["api.test"]))
    yield seen
    target_gate.remove()


def _by_requests(url: str) -> None:
    requests.get(url, timeout=1)


def _by_urllib3(url: str) -> None:
    urllib3.PoolManager().request("GET", url, retries=3)


def _by_httpx(url: str) -> None:
    httpx.get(url)


def _by_asyncio(url: str) -> None:
    """As aiohttp and httpx's asynchronous client do: resolve a name that is no address, and connect a socket."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    unopened: Any = SimpleNamespace(family=socket.AF_INET)

    async def connect() -> None:
        loop = asyncio.get_running_loop()
        places = [(host, port)]
        if host != FOREIGN:
            places = [address for *_, address in await loop.getaddrinfo(host, port)]
        for place in places:
            await loop.sock_connect(unopened, place)

    asyncio.run(connect())


def _by_the_standard_library(url: str) -> None:
    urllib.request.urlopen(url, timeout=1)


CLIENTS = [_by_requests, _by_urllib3, _by_httpx, _by_asyncio, _by_the_standard_library]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("host", [FOREIGN, "rebound.test"])
def test_a_foreign_address_is_refused_before_a_connection_is_opened(
    opened: list[tuple[str, int]], client: Callable[[str], None], host: str
) -> None:
    with pytest.raises(TargetRefused, match=f"add --allow-target {host}"):
        client(f"http://{host}:8080/")
    assert opened == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_name_is_connected_to_at_the_address_that_was_checked(
    opened: list[tuple[str, int]], client: Callable[[str], None]
) -> None:
    with pytest.raises((requests.ConnectionError, urllib3.exceptions.HTTPError, httpx.HTTPError, OSError)):
        client("http://inside.test:8080/")
    assert set(opened) == {("127.0.0.1", 8080)}


def test_a_host_that_was_named_is_connected_to_at_any_address(opened: list[tuple[str, int]]) -> None:
    with pytest.raises(requests.ConnectionError):
        _by_requests("http://api.test:8080/")
    assert opened == [("api.test", 8080)]


def test_a_host_that_was_named_is_connected_to_at_any_address_by_asyncio(
    opened: list[tuple[str, int]],
) -> None:
    target_gate.install(AllowedTargets.of(["rebound.test"]))
    with pytest.raises(ConnectionRefusedError):
        _by_asyncio("http://rebound.test:8080/")
    with pytest.raises(ConnectionRefusedError):
        _by_asyncio(f"http://{FOREIGN}:8080/")  # An address of the allowed name.
    assert [place[0] for place in opened] == ["127.0.0.1", FOREIGN]


def test_a_name_without_an_address_fails_as_without_the_gate(opened: list[tuple[str, int]]) -> None:
    with pytest.raises(requests.ConnectionError, match="Failed to resolve"):
        _by_requests("http://nowhere.test/")


@pytest.mark.parametrize(
    "proxies", [{"http": f"http://{FOREIGN}:3128"}, {"http": "http://rebound.test:3128"}]
)
def test_a_foreign_proxy_is_refused(opened: list[tuple[str, int]], proxies: dict[str, str]) -> None:
    with pytest.raises(TargetRefused):
        requests.get("http://127.0.0.1/", proxies=proxies, timeout=1)
    assert opened == []


def test_a_foreign_proxy_of_the_environment_is_refused(
    opened: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{FOREIGN}:3128")
    with pytest.raises(TargetRefused):
        _by_requests("http://127.0.0.1/")
    assert opened == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", [FOREIGN, "rebound.test", "inside.test"])
def test_a_target_behind_a_proxy_is_refused_by_its_name(
    opened: list[tuple[str, int]], scheme: str, host: str
) -> None:
    proxies = dict.fromkeys(("http", "https"), "http://127.0.0.1:3128")
    with pytest.raises(TargetRefused, match="through a proxy"):
        requests.get(f"{scheme}://{host}/", proxies=proxies, timeout=1)
    assert opened == []


def test_a_target_behind_a_socks_proxy_is_refused_by_its_name(opened: list[tuple[str, int]]) -> None:
    pytest.importorskip("socks")
    with pytest.raises(TargetRefused, match="through a proxy"):
        requests.get(f"http://{FOREIGN}/", proxies={"http": "socks5h://127.0.0.1:1080"}, timeout=1)
    assert opened == []


def test_a_session_with_an_adapter_of_its_own_is_refused(opened: list[tuple[str, int]]) -> None:
    class TeamAdapter(HTTPAdapter):
        """A team's own, with retries."""

    session = requests.Session()
    session.mount("http://", TeamAdapter(max_retries=3))
    with pytest.raises(TargetRefused):
        session.get(f"http://{FOREIGN}/", headers={"Authorization": "Bearer secret"}, timeout=1)
    assert opened == []


def test_warm_connections_are_not_opened_to_a_foreign_address(opened: list[tuple[str, int]]) -> None:
    assert open_connections(requests.Session(), f"http://{FOREIGN}/", 3) == 0
    assert opened == []


def test_a_refusal_has_its_own_outcome(opened: list[tuple[str, int]]) -> None:
    with pytest.raises(TargetRefused) as refused:
        _by_requests(f"http://{FOREIGN}/")
    assert outcome_of(refused.value) is Outcome.TARGET_REFUSED


def test_the_gate_keeps_one_line_for_each_refused_host(opened: list[tuple[str, int]]) -> None:
    gate = target_gate.install(AllowedTargets())
    for _ in range(2):
        with pytest.raises(TargetRefused):
            _by_requests(f"http://{FOREIGN}/")
    remedy = f"if you are allowed to send load to it, add --allow-target {FOREIGN}"
    assert gate.refusals == {FOREIGN: f"{FOREIGN}:80: is not loopback; {remedy}"}


def test_without_the_gate_nothing_is_refused(opened: list[tuple[str, int]]) -> None:
    target_gate.remove()
    with pytest.raises(requests.ConnectionError):
        _by_requests(f"http://{FOREIGN}/")
    assert opened == [(FOREIGN, 80)]
