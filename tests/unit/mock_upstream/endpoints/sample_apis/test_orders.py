"""The orders that are kept, and the keys by which an order is not made twice: both bounded."""

from __future__ import annotations

import pytest

from mock_upstream.endpoints.sample_apis import orders
from mock_upstream.endpoints.sample_apis.orders import Orders
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response


def _post(store: Orders, key: str) -> Response:
    sent = [(b"idempotency-key", key.encode())]
    return store._create(Request("POST", b"/orders", sent, b'{"item": "A-1"}'))


def test_a_repeated_key_gets_the_first_response_again() -> None:
    store = Orders()
    first, again = _post(store, "a"), _post(store, "a")
    assert (again.status, again.body) == (first.status, first.body)
    assert set(again.headers) - set(first.headers) == {("Idempotent-Replayed", "true")}
    assert (first.replay, again.replay) == (False, True)


def test_neither_orders_nor_keys_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_KEPT", 150)
    store = Orders()
    for number in range(400):
        _post(store, f"key-{number}")
    assert (len(store._orders), len(store._made_by)) == (100 + 150, 150)
    assert _post(store, "key-399").replay
    assert not _post(store, "key-0").replay


def test_the_first_hundred_orders_are_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_KEPT", 5)
    store = Orders()
    for number in range(20):
        _post(store, f"key-{number}")
    assert [number for number in range(1, 130) if number in store._orders] == [
        *range(1, 101),
        *range(116, 121),
    ]
