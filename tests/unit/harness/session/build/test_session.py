"""A policy file's tables as they arrive in the real objects."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from urllib3.util import Retry

from harness.inputs.policies import read_policy
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError
from harness.model.policy import Policy, RetrySettings
from harness.session.build.session import retry, session_maker, timeout
from harness.session.resilience.retry import PolicyRetry
from mock_upstream.config.toml import build
from tests.unit.harness.session.fakes import Clock, Peer, Reply


def _policy(**tables: Any) -> Policy:
    return build(Policy, {"name": "p", **tables}, "p.toml")


def _adapter(**tables: Any) -> HTTPAdapter:
    adapter = session_maker(_policy(**tables))().get_adapter("http://upstream.test/")
    assert isinstance(adapter, HTTPAdapter)
    return adapter


def test_an_empty_policy_is_requests_as_it_comes() -> None:
    made, plain = session_maker(_policy())(), requests.Session()
    for name in ("headers", "auth", "verify", "cert", "proxies", "max_redirects", "trust_env", "stream"):
        assert getattr(made, name) == getattr(plain, name), name
    ours, theirs = (session.get_adapter("http://x").max_retries for session in (made, plain))  # type: ignore[attr-defined]
    assert vars(ours) == vars(theirs)


def test_the_session_s_table_is_the_session_s_attributes() -> None:
    table = {
        "headers": {"X-Team": "orders"}, "verify": False, "cert": ["a.pem", "b.pem"], "max_redirects": 3,
        "trust_env": False, "stream": True, "proxies": {"http": "http://proxy.test:3128"},
    }  # fmt: skip
    made = session_maker(_policy(session=table))()
    assert made.headers["X-Team"] == "orders"
    assert (made.verify, made.cert, made.max_redirects) == (False, ("a.pem", "b.pem"), 3)
    assert (made.trust_env, made.stream, made.proxies["http"]) == (False, True, "http://proxy.test:3128")


def test_every_argument_of_retry_arrives() -> None:
    table: dict[str, Any] = {
        "total": 4, "connect": 1, "read": 2, "redirect": 3, "status": 4, "other": 5, "allowed_methods": ["GET"],
        "status_forcelist": [503], "backoff_factor": 0.4, "backoff_max": 9.0, "backoff_jitter": 0.2,
        "raise_on_redirect": False, "raise_on_status": False, "respect_retry_after_header": False,
        "retry_after_max": 7, "remove_headers_on_redirect": ["X-A"],
    }  # fmt: skip
    retries = _adapter(retry=table).max_retries
    assert type(retries) is Retry
    for name, value in table.items():
        expected = {"x-a"} if name == "remove_headers_on_redirect" else value
        assert getattr(retries, name) == (tuple(expected) if isinstance(expected, list) else expected), name


def test_false_for_methods_means_every_method() -> None:
    assert _adapter(retry={"allowed_methods": False}).max_retries.allowed_methods is None


@pytest.mark.parametrize(
    "tables",
    [
        {"timeout": {"total_s": 2.0}},
        {"retry": {"total": 1, "backoff": {"kind": "full"}}},
        {"retry": {"total": 1, "budget": {"kind": "grpc"}}},
    ],
)
def test_a_table_of_ours_brings_the_retry_that_asks(tables: dict[str, Any]) -> None:
    assert type(_adapter(**tables).max_retries) is PolicyRetry


def test_the_pool_s_table_is_the_adapter_s_arguments() -> None:
    adapter = _adapter(adapter={"pool_connections": 3, "pool_maxsize": 7, "pool_block": True})
    assert (adapter._pool_connections, adapter._pool_maxsize, adapter._pool_block) == (3, 7, True)


def test_socket_options_and_source_address_reach_the_connections() -> None:
    table = {"source_address": "127.0.0.5", "keepalive": True, "keepalive_idle_s": 30, "keepalive_count": 4}
    pool = _adapter(socket=table).poolmanager.connection_from_url("http://upstream.test/")
    conn: Any = pool._new_conn()
    assert conn.source_address == ("127.0.0.5", 0)
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in conn.socket_options
    assert (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30) in conn.socket_options
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in conn.socket_options


def test_timeouts_are_one_pair_or_none() -> None:
    assert timeout(_policy()) is None
    assert timeout(_policy(timeout={"read_s": 3.0})) == (None, 3.0)


def test_digest_auth_is_requests_own() -> None:
    made = session_maker(
        _policy(session={"auth": {"kind": "digest", "username": "u", "password": "env:HOME"}})
    )()
    assert isinstance(made.auth, HTTPDigestAuth)


def test_custom_auth_is_called_for_by_name() -> None:
    auth = {"kind": "custom", "factory": "requests.auth:HTTPBasicAuth"}
    with pytest.raises(
        ConfigError, match=r"session\.auth\.factory requests\.auth:HTTPBasicAuth raised TypeError"
    ):
        session_maker(_policy(session={"auth": auth}))
    with pytest.raises(ConfigError, match="must return an AuthBase"):
        session_maker(_policy(session={"auth": {"kind": "custom", "factory": "os:getcwd"}}))


def test_cookies_outlive_the_session_in_a_file_of_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    policy = _policy(session={"cookie_file": str(path), "trust_env": False})
    session = session_maker(policy)()
    session.mount("http://", Peer(Clock(), [Reply()]).adapter())
    session.cookies.set("basket", "42", domain="upstream.test", path="/")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert session_maker(policy)().cookies.get("basket") == "42"


def test_a_broken_cookie_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cookies.txt"
    path.write_text("no cookies here")
    with pytest.raises(ConfigError, match=r"session\.cookie_file"):
        session_maker(_policy(session={"cookie_file": str(path)}))


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"retry": {"total": 0, "budget": {"kind": "ratio"}}}, "has a budget for retries and total is 0"),
        ({"retry": {"backoff_factor": 1.0, "backoff": {"kind": "full"}}}, "both retry.backoff and backoff_"),
        ({"session": {"warm_connections": 5, "scope": "call"}}, "warm_connections with scope"),
        ({"session": {"warm_connections": 50}}, "raise adapter.pool_maxsize to 50"),
        ({"socket": {"keepalive_idle_s": 5}}, "keepalive, which is off"),
        ({"transport": "httpx", "breaker": {}}, "[breaker], which only requests supports"),
        (
            {"transport": "httpx", "timeout": {"total_s": 1.0}},
            "timeout.total_s, which only requests supports",
        ),
        ({"transport": "httpx", "session": {"scope": "call"}}, "session.scope, which only requests supports"),
        (
            {"transport": "httpx-async", "timeout": {"total_s": 1.0}},
            'transport = "httpx-async" and timeout.total_s',
        ),
        ({"transport": "aiohttp", "retry": {"total": 1}}, 'transport = "aiohttp" and [retry]'),
        ({"transport": "aiohttp", "session": {"cert": "a.pem"}}, 'transport = "aiohttp" and session.cert'),
        ({"transport": "aiohttp", "adapter": {"pool_connections": 2}}, "and adapter.pool_connections"),
        (
            {"transport": "aiohttp", "session": {"auth": {"kind": "custom", "factory": "a:b"}}},
            "and a custom session.auth, which only requests supports",
        ),
        ({"factory": "a:b", "adapter": {"pool_maxsize": 4}}, "the factory's own objects are used"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _policy(**tables)
    assert words in str(raised.value)


def test_aiohttp_has_a_timeout_for_the_whole_call() -> None:
    assert _policy(transport="aiohttp", timeout={"total_s": 1.0}).timeout.total_s == 1.0


@pytest.mark.parametrize("name", file_names("policy"))
def test_a_shipped_policy_is_the_same_after_it_was_recorded(name: str) -> None:
    policy = read_policy(name)
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_a_retry_is_urllib3_s_own_unless_the_pipeline_decides_it() -> None:
    table = RetrySettings(total=2)
    assert type(retry(table)) is Retry
    assert type(retry(table, extended=True)) is PolicyRetry
    assert retry(None) == 0
    assert type(retry(None, extended=True)) is PolicyRetry


def test_what_a_table_does_not_say_is_left_to_urllib3() -> None:
    assert vars(retry(RetrySettings(total=2))) == vars(Retry(total=2))


def test_a_proxy_s_connections_have_the_policy_s_socket_options() -> None:
    adapter = _adapter(socket={"keepalive": True, "source_address": "127.0.0.2"})
    given = adapter.proxy_manager_for("http://proxy.test:3128").connection_pool_kw
    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in given["socket_options"]
    assert given["source_address"] == ("127.0.0.2", 0)
