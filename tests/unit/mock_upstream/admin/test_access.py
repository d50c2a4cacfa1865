"""The names in a Host header."""

import pytest

from mock_upstream.admin.access import host_name


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("127.0.0.1:80", "127.0.0.1"),
        ("LocalHost", "localhost"),
        ("[::1]", "::1"),
        ("[::1]:8081", "::1"),
        ("evil.example:1", "evil.example"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"),
        ("evil.example:80@127.0.0.1", "evil.example"),
        ("127.0.0.1]evil.example", "127.0.0.1]evil.example"),
        ("", ""),
    ],
)
def test_the_name_is_what_precedes_the_port(authority: str, name: str) -> None:
    assert host_name(authority) == name
