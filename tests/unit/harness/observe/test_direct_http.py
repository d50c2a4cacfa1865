"""Which requests the environment's proxies may carry."""

from __future__ import annotations

import pytest
import requests

from harness.observe.direct_http import bypassing_loopback, catching_loopback

PROXY = {"HTTP_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"}


def _proxies(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str) -> dict[str, str]:
    """The proxies that requests takes from this environment."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return dict(requests.utils.get_environ_proxies(url, no_proxy=None))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "https://10.1.2.3:5"])
def test_a_client_sends_nothing_to_its_own_machine_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    assert _proxies(monkeypatch, PROXY, url)
    assert not _proxies(monkeypatch, bypassing_loopback(PROXY, "10.1.2.3"), url)


def test_other_hosts_keep_their_proxy_and_their_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = bypassing_loopback({**PROXY, "NO_PROXY": "intern.example"})
    assert _proxies(monkeypatch, environment, "http://example.org")
    assert not _proxies(monkeypatch, environment, "http://intern.example")


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, ()),
        (PROXY, ("HTTP_PROXY", "https_proxy")),
        ({**PROXY, "NO_PROXY": "127.0.0.1"}, ()),
        ({**PROXY, "no_proxy": "*"}, ()),
        ({**PROXY, "NO_PROXY": "example.org"}, ("HTTP_PROXY", "https_proxy")),
        ({"ALL_PROXY": "socks5://127.0.0.1:1"}, ("ALL_PROXY",)),
    ],
)
def test_the_variables_that_would_catch_loopback_are_named(
    environment: dict[str, str], names: tuple[str, ...]
) -> None:
    assert catching_loopback(environment) == names
