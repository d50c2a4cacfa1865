"""A canary that breaks at every call writes a line a minute, not a line for each call."""

import pytest

from harness.session.rollout.fallback_log import EVERY_S, FallbackLog


def lines(caplog: pytest.LogCaptureFixture, *at_s: float) -> list[str]:
    log = FallbackLog()
    for now_s in at_s:
        log.add(TypeError("no adapter"), now_s)
    return [record.getMessage() for record in caplog.records]


def test_the_first_call_is_told_at_once(caplog: pytest.LogCaptureFixture) -> None:
    assert lines(caplog, 5.0) == [
        "The canary broke, and the call goes through the baseline: TypeError: no adapter"
    ]


def test_those_of_the_next_minute_are_one_line_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    found = lines(caplog, 5.0, *[6.0] * 1200, 5.0 + EVERY_S)
    assert len(found) == 2
    assert "1,201 calls since the last such line went through the baseline" in found[1]
