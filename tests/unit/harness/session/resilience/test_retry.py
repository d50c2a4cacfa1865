"""A Retry that asks the policy before another attempt."""

from __future__ import annotations

import pytest
from urllib3.exceptions import MaxRetryError
from urllib3.response import HTTPResponse
from urllib3.util import Retry

from harness.session.errors import BudgetExhausted
from harness.session.resilience.retry import PolicyRetry


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The sleeps of urllib3's own Retry."""
    found: list[object] = []
    monkeypatch.setattr(Retry, "sleep", lambda self, response=None: found.append(response))
    return found


def _busy(after_s: str = "7") -> HTTPResponse:
    return HTTPResponse(status=503, headers={"Retry-After": after_s})


def test_without_a_pipeline_it_sleeps_as_urllib3_does(slept: list[object]) -> None:
    PolicyRetry(3).sleep()
    assert slept == [None]


def test_under_a_pipeline_the_next_attempt_sleeps(slept: list[object]) -> None:
    PolicyRetry(3).asking(lambda *_: None).sleep()
    assert slept == []


def test_every_retry_of_a_call_is_asked_for_with_the_seconds_of_its_retry_after() -> None:
    asked: list[float] = []
    retry = PolicyRetry(3, status_forcelist=[503]).asking(lambda _, after_s: asked.append(after_s))
    retry = retry.increment("GET", "/", _busy()).increment("GET", "/", HTTPResponse(status=503))
    retry.increment("GET", "/", error=ConnectionResetError())
    assert asked == [7.0, 0.0, 0.0]


def test_a_retry_after_that_is_not_respected_counts_as_none() -> None:
    asked: list[float] = []
    retry = PolicyRetry(3, respect_retry_after_header=False).asking(lambda _, after_s: asked.append(after_s))
    retry.increment("GET", "/", _busy())
    assert asked == [0.0]


def test_a_refusal_ends_the_call_with_its_reason() -> None:
    refusal = BudgetExhausted("the retry budget is exhausted")
    with pytest.raises(MaxRetryError) as raised:
        PolicyRetry(3).asking(lambda *_: refusal).increment("GET", "/", error=ConnectionResetError())
    assert raised.value.reason is refusal


def test_urllib3_s_own_limit_comes_before_the_question() -> None:
    asked: list[object] = []
    with pytest.raises(MaxRetryError):
        PolicyRetry(0).asking(lambda *given: asked.append(given)).increment("GET", "/", _busy())
    assert asked == []
