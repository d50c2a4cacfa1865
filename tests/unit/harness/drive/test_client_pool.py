"""Which Session a client uses, what is opened before the first call, and which calls are given up."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from gevent.monkey import get_original

from harness.drive import client_pool
from harness.drive.client_pool import ClientPool
from harness.model.call import Call
from harness.model.errors import MachineError
from harness.model.policy import Policy
from harness.session.client.aiohttp_transport import AiohttpTransport
from harness.session.client.httpx_transport import HttpxAsyncTransport, HttpxTransport
from tests.unit.harness.drive.conftest import order

Pools = Callable[..., ClientPool]


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    """Makes the clients of a policy; no gate is put into this process."""
    gates: list[Any] = []
    monkeypatch.setattr(
        client_pool, "install", lambda allowed: gates.append(allowed) or SimpleNamespace(allowed=allowed)
    )

    def build(**tables: Any) -> ClientPool:
        fields = {name: tables.pop(name) for name in ("allowed_targets", "ca") if name in tables}
        policy = Policy.model_validate({"name": "p", **tables})
        return ClientPool(order(policy=policy, **fields), lambda call: None)

    return build


def _sessions(pool: ClientPool, clients: int = 2) -> list[Any]:
    return [pool.make().transport._session for _ in range(clients)]  # type: ignore[attr-defined]


def test_with_the_scope_of_the_process_all_threads_share_one_session(pools: Pools) -> None:
    first, second = _sessions(pools(session={"scope": "process"}))
    assert first is second is not None


def test_with_the_scope_of_a_thread_each_has_its_own_session(pools: Pools) -> None:
    first, second = _sessions(pools(session={"scope": "user"}))
    assert first is not second
    assert None not in (first, second)


def test_with_the_scope_of_a_call_no_session_is_kept(pools: Pools) -> None:
    pool = pools(session={"scope": "call"})
    assert _sessions(pool) == [None, None]
    assert pool._kept == []


def test_a_policy_for_httpx_has_one_transport_of_its_own(pools: Pools) -> None:
    pool = pools(transport="httpx")
    first, second = pool.make().transport, pool.make().transport
    assert isinstance(first, HttpxTransport)
    assert first is second


@pytest.mark.parametrize(
    ("transport", "expected"), [("httpx-async", HttpxAsyncTransport), ("aiohttp", AiohttpTransport)]
)
def test_an_asynchronous_client_runs_on_a_thread_that_ends_with_the_pool(
    pools: Pools, transport: str, expected: type[Any]
) -> None:
    waited: list[str] = []
    pool = pools(transport=transport)
    pool.continue_in_turn(lambda: waited.append("turn"))
    found = pool.make().transport
    assert isinstance(found, expected)
    assert found._thread.run(_nothing()) == "nothing"  # type: ignore[attr-defined]
    assert waited == ["turn"]
    pool.close()
    with pytest.raises(MachineError, match="event loop: has ended"):
        found._thread.run(_nothing())  # type: ignore[attr-defined]


async def _nothing() -> str:
    return "nothing"


def test_clients_are_numbered_in_the_order_in_which_they_are_made(pools: Pools) -> None:
    pool = pools()
    assert [pool.make()._caller for _ in range(3)] == [0, 1, 2]
    assert len(pool.made) == 3


def test_calls_under_way_are_given_up_once(pools: Pools) -> None:
    pool = pools()
    idle, busy = pool.make(), pool.make()
    busy.in_flight = call = Call(0, 0, "GET", "/", 0.0, 0.0)
    assert pool.give_up() == [call]
    assert pool.give_up() == []
    assert idle.in_flight is None


@pytest.mark.parametrize(("wanted", "opened"), [(0, []), (3, [("http://a:1", 3)])])
def test_as_many_connections_are_opened_beforehand_as_the_policy_says(
    pools: Pools, monkeypatch: pytest.MonkeyPatch, wanted: int, opened: list[tuple[str, int]]
) -> None:
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(client_pool, "open_connections", lambda _, url, n: found.append((url, n)))
    pool = pools(session={"warm_connections": wanted})
    pool.warm_up()
    assert found == opened


def test_the_process_may_connect_to_the_order_s_targets_alone(pools: Pools) -> None:
    pool = pools(allowed_targets=("10.0.0.9",))
    assert pool.gate.allowed.by_name("10.0.0.9")  # type: ignore[attr-defined]
    assert not pool.gate.allowed.by_name("10.0.0.8")  # type: ignore[attr-defined]


def test_sessions_verify_by_the_upstream_s_authority(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted: list[str] = []
    monkeypatch.setattr(client_pool, "trust", trusted.append)
    (session,) = _sessions(pools(ca="/ca.pem"), 1)
    assert (session.verify, trusted) == ("/ca.pem", ["/ca.pem"])


def test_without_an_authority_the_environment_stays_as_it_is(
    pools: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted: list[str] = []
    monkeypatch.setattr(client_pool, "trust", trusted.append)
    pools()
    assert trusted == []


def test_levers_reach_every_session(pools: Pools) -> None:
    pool = pools()
    (session,) = _sessions(pool, 1)
    pool.controls.set_breaker("open")
    assert "send" in vars(session)


def test_the_guards_of_a_plain_policy_are_none(pools: Pools) -> None:
    assert pools().guards().budget_left_ratio is None


def test_the_guards_are_those_of_the_policy(pools: Pools) -> None:
    assert pools(retry={"total": 1, "budget": {"kind": "quota"}}).guards().budget_left_ratio == 1.0


def test_the_cache_is_put_before_every_client_and_taken_away(pools: Pools) -> None:
    pool = pools()
    early = pool.make()
    plain = early.transport
    pool.set_cache(True, 10.0)
    late = pool.make()
    assert plain not in (early.transport, late.transport)
    pool.set_cache(False, 10.0)
    assert early.transport is plain


@pytest.mark.parametrize("transport", ["httpx", "httpx-async"])
def test_httpx_asks_the_kernel_by_the_poll_that_gevent_has_not_replaced(
    pools: Pools, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    polls: list[object] = []
    monkeypatch.setattr(client_pool, "httpx_asks_the_kernel", polls.append)
    pools(transport=transport).close()
    assert polls == [get_original("select", "poll")]
