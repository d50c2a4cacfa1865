"""Which hosts may receive load."""

from __future__ import annotations

import pytest

from harness.model.allowed_targets import AllowedTargets, is_loopback

NAMED = AllowedTargets.of(["api.example", "10.0.0.1", "[2001:db8::1]"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "::ffff:127.0.0.1", "LOCALHOST."]
)
def test_a_loopback_address_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "127.0.0.1.evil.example", "::ffff:10.0.0.1", ""])  # noqa: S104
def test_another_address_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["API.example.", "10.0.0.1", "2001:db8::1", "localhost", "127.0.0.1"])
def test_a_named_host_is_allowed_by_name(host: str) -> None:
    assert NAMED.by_name(host)


def test_a_named_host_is_allowed_at_any_address() -> None:
    assert NAMED.at("api.example", ["203.0.113.7"])


def test_a_name_that_was_not_allowed_is_refused_at_a_foreign_address() -> None:
    assert not AllowedTargets().at("localhost", ["127.0.0.1", "203.0.113.7"])


def test_a_name_that_was_not_allowed_is_refused_at_the_address_of_an_allowed_host() -> None:
    assert not NAMED.at("evil.example", ["10.0.0.1"])


def test_any_name_is_allowed_at_loopback() -> None:
    assert AllowedTargets().at("upstream.test", ["127.0.0.1", "::1"])


def test_a_name_without_an_address_is_refused() -> None:
    assert not AllowedTargets().at("upstream.test", [])
