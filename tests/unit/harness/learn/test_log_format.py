"""The server's own format becomes an expression that finds stamp, duration, status and request."""

from __future__ import annotations

import re

import pytest

from harness.learn.log_format import APACHE, NGINX, known_format, log_format
from harness.model.errors import ConfigError

LINE = '10.0.0.1 - bob [15/Jan/2027:08:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8 (x)" '


def found(text: str, line: str) -> dict[str, str]:
    of = log_format(text)
    match = re.match(of.pattern, line)
    assert match is not None, of.pattern
    return dict(zip(of.groups, match.groups(), strict=True))


def test_nginx_stamps_the_end_in_seconds() -> None:
    assert found(NGINX, LINE + "1800000000.123 0.042") == {
        "request": "GET /a HTTP/1.1", "status": "200", "end_s": "1800000000.123", "took_s": "0.042",
    }  # fmt: skip


def test_apache_stamps_the_begin_in_microseconds() -> None:
    assert found(APACHE, LINE + "1800000000123456 42000") == {
        "request": "GET /a HTTP/1.1", "status": "200", "begin_us": "1800000000123456", "took_us": "42000",
    }  # fmt: skip


def test_a_format_of_ones_own_may_have_any_order() -> None:
    text = "$msec;$request_method $uri;$status;$request_time;$upstream_addr"

    assert found(text, "1800000000.1;GET /x;404;0.001;127.0.0.1:80") == {
        "end_s": "1800000000.1", "method": "GET", "path": "/x", "status": "404", "took_s": "0.001",
    }  # fmt: skip


def test_signs_of_expressions_in_a_format_stand_for_themselves() -> None:
    assert found("($msec) [$request_time]", "(1.5) [0.5]") == {"end_s": "1.5", "took_s": "0.5"}


@pytest.mark.parametrize(
    ("tail", "stamp", "took"),
    [("1800000000.123 0.042", "end_s", "took_s"), ("1800000000123456 42000", "begin_us", "took_us")],
)
def test_a_known_format_is_found_by_itself(tail: str, stamp: str, took: str) -> None:
    of = known_format([LINE + tail], "a.log")

    assert (of.stamp, of.took) == (stamp, took)


def test_a_plain_log_has_neither_a_fine_stamp_nor_a_duration() -> None:
    of = known_format([LINE.strip()], "a.log")

    assert (of.stamp, of.took) == ("", "")


def test_an_unknown_line_asks_for_the_format() -> None:
    with pytest.raises(
        ConfigError, match=r"a\.log:1: 'hello' has no known format; give the server's own with"
    ):
        known_format(["hello"], "a.log")


def test_a_format_without_directives_is_refused() -> None:
    with pytest.raises(ConfigError, match="--log-format: 'hello' has no directive; write it as the server's"):
        log_format("hello")
