"""The URL of a target is read as requests reads it."""

from __future__ import annotations

import pytest

from harness.model.errors import TargetError
from harness.session.target_url import target_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1"),
        ("HTTPS://LocalHost/api/", "localhost"),
        ("http://[::1]:80", "::1"),
        ("http://127.0.0.1%2eevil.example", "127.0.0.1.evil.example"),
    ],
)
def test_the_host_is_that_to_which_requests_connects(url: str, host: str) -> None:
    assert target_host(url) == host


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://evil.example\\@127.0.0.1", "contains a backslash"),
        ("http://127.0.0.1\\@evil.example", "contains a backslash"),
        ("http://[::1", "is not a URL"),
        ("http://a b/", "is not a URL"),
        ("http://127.0.0.1:99999", "is not a URL"),
        ("http://127.0.0.1:²", "is not a URL"),
        ("http://127.0.0.1:-1", "is not a URL"),
        ("http://127.0.0.1\n.evil.example", "is not a URL"),
        ("http://127.0.0.1:0", "has port 0"),
        ("ftp://127.0.0.1", "is not a URL of http or https"),
        ("file:///etc/passwd", "is not a URL of http or https"),
        ("127.0.0.1:80", "is not a URL of http or https"),
        ("http://", "is not a URL of http or https"),
        ("nonsense", "is not a URL of http or https"),
        ("http://127.0.0.1?x=1", "has a query or a fragment"),
        ("http://localhost#@evil.example", "has a query or a fragment"),
        ("http://user:letmein@127.0.0.1", "contains credentials"),
    ],
)
def test_any_other_url_is_refused_in_one_line(url: str, problem: str) -> None:
    with pytest.raises(TargetError, match=problem) as refused:
        target_host(url)
    line = str(refused.value)
    assert line.isprintable()
    assert line.endswith("; write http://HOST:PORT")


@pytest.mark.parametrize("url", ["http://user:letmein@127.0.0.1", "http://us%65r:letmein@127.0.0.1"])
def test_a_password_in_a_url_is_not_shown(url: str) -> None:
    with pytest.raises(TargetError) as refused:
        target_host(url)
    assert "letmein" not in str(refused.value)


def test_credentials_are_replaced_where_they_stand_and_nothing_else_is() -> None:
    with pytest.raises(TargetError) as raised:
        target_host("http://user:pa55@service.test:8080")
    assert str(raised.value) == (
        "--target: http://***@service.test:8080 contains credentials, which belong into [session.auth]; "
        "write http://HOST:PORT"
    )
