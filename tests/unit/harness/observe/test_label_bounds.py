"""The number of label values is bounded for any input."""

import pytest

from harness.observe.label_bounds import OTHER, Bounded, method, route_template


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/orders", "/orders"),
        ("/orders/1", "/orders/{id}"),
        ("/orders/1/items/22?full=yes", "/orders/{id}/items/{id}"),
        ("/api/v2/orders", "/api/v2/orders"),
        ("/users/3f0c1f8e-7d5a-4d7e-9a53-1c0a9f1f2f60", "/users/{id}"),
        ("/search/caf%C3%A9", "/search/{id}"),
        ("/tokens/abcdefghijklmnopqrstuvwxyzabcd", "/tokens/{id}"),
        ("GET /orders/{id}", "GET /orders/{id}"),
        ("/", "/"),
    ],
)
def test_a_path_becomes_a_template(path: str, template: str) -> None:
    assert route_template(path) == template


def test_ten_thousand_urls_with_an_id_are_one_route() -> None:
    bounded = Bounded(40, route_template)

    assert {bounded(f"/orders/{number}") for number in range(10_000)} == {"/orders/{id}"}


def test_ten_thousand_words_are_at_most_the_limit_and_the_rest() -> None:
    bounded = Bounded(40, route_template)
    word = str.maketrans("0123456789", "abcdefghij")

    seen = {bounded(f"/users/{str(number).translate(word)}") for number in range(10_000)}

    assert len(seen) == 41
    assert OTHER in seen


def test_a_value_keeps_its_label_when_the_set_is_full() -> None:
    bounded = Bounded(1)

    assert [bounded(value) for value in ("503", "504", "503")] == ["503", OTHER, "503"]


def test_its_cache_is_bounded_too() -> None:
    bounded = Bounded(4, route_template)
    for number in range(10_000):
        bounded(f"/orders/{number}")

    assert len(bounded._known) <= 64


def test_an_unknown_method_has_opentelemetrys_name() -> None:
    assert (method("GET"), method("BREW")) == ("GET", "_OTHER")
