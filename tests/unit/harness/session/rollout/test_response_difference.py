"""In what two responses differ."""

from __future__ import annotations

import json

import pytest
import requests

from harness.session.rollout.response_difference import differences


def response(body: object = b"", status: int = 200, **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return made


def test_alike_responses_do_not_differ() -> None:
    assert differences(response({"a": 1}), response({"a": 1}), ["ETag"], []) == []


def test_the_order_of_keys_and_white_space_is_no_difference() -> None:
    one, other = response(b'{"a": 1, "b": 2}'), response(b'{"b":2,"a":1}')
    assert differences(one, other, [], []) == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (response(status=200), response(status=500), ["status"]),
        (response(ETag="a"), response(ETag="b"), ["header ETag"]),
        (response(b"one"), response(b"two"), ["body"]),
        (response({"items": [{"price": 1}]}), response({"items": [{"price": 2}]}), ["body.items.0.price"]),
        (response({"a": 1}), response({"a": 1, "b": 2}), ["body.b"]),
        (response({"items": [1, 2]}), response({"items": [1]}), ["body.items"]),
    ],
)
def test_what_differs_is_named_without_its_value(
    one: requests.Response, other: requests.Response, found: list[str]
) -> None:
    assert differences(one, other, ["ETag"], []) == found


def test_ignored_fields_may_differ_with_everything_in_them() -> None:
    one = response({"at": 1, "items": [{"id": 1, "meta": {"x": 1}, "price": 1}]})
    other = response({"at": 2, "items": [{"id": 2, "meta": {"x": 2}, "price": 2}]})
    assert differences(one, other, [], ["at", "items.*.id", "items.*.meta"]) == ["body.items.0.price"]


def test_headers_that_were_not_chosen_may_differ() -> None:
    assert differences(response(Date="a"), response(Date="b"), ["ETag"], []) == []


def test_at_most_ten_are_named() -> None:
    one, other = (
        response(dict.fromkeys(map(str, range(30)), 1)),
        response(dict.fromkeys(map(str, range(30)), 2)),
    )
    assert len(differences(one, other, [], [])) == 10


def test_bodies_that_are_nested_too_deep_are_compared_as_bytes() -> None:
    one, other = (response(b"[" * 100_000 + text + b"]" * 100_000) for text in (b"1", b"2"))
    assert differences(one, other, [], []) == ["body"]
