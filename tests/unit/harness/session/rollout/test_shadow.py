"""When a shadow's responses differ more than chance, and what waits is bounded."""

from __future__ import annotations

import threading
from random import Random
from typing import Any

import pytest
import requests

from harness.model.policy import Policy
from harness.session.rollout.shadow import WAITING, Shadow, ShadowCounts
from harness.session.routing.arm import Arm


@pytest.mark.parametrize(
    ("counts", "differs"),
    [
        (ShadowCounts(), False),
        (ShadowCounts(compared=100, noise=100, different=40, noise_different=40), False),
        (ShadowCounts(compared=100, noise=100, different=40, noise_different=2), True),
        (ShadowCounts(compared=100, noise=100, failed=20), True),
        (ShadowCounts(compared=5, noise=5, different=1), False),
    ],
)
def test_only_more_differences_than_the_old_policy_has_with_itself_count(
    counts: ShadowCounts, differs: bool
) -> None:
    assert counts.differs is differs


class Slow:
    """A shadow whose repetitions wait until a test lets them go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.sent = threading.Event(), list[str]()

        def call(
            arm: Arm, request: requests.PreparedRequest, kwargs: dict[str, Any], send: object
        ) -> requests.Response:
            self.go.wait(10)
            self.sent.append(arm.policy.name)
            return response()

        monkeypatch.setattr(Arm, "call", call)
        old, new = (Policy.model_validate({"name": name}) for name in ("old", "new"))
        self.shadow = Shadow(old, new, 1.0, rng=Random(1))

    def ask(self, method: str = "GET", **kwargs: Any) -> None:
        request = requests.Request(method, "http://a/").prepare()
        self.shadow.call(request, kwargs, lambda arm, kwargs: response())

    def end(self) -> None:
        self.go.set()
        self.threads = self.shadow.threads
        self.shadow.end()
        for thread in self.threads:
            thread.join(10)


def response() -> requests.Response:
    made = requests.Response()
    made.status_code, made._content = 200, b"{}"
    return made


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


def test_the_caller_waits_for_no_repetition_and_what_is_too_much_is_dropped_and_counted(slow: Slow) -> None:
    for _ in range(WAITING * 2):
        slow.ask()
    assert WAITING / 2 < slow.shadow.counts.dropped <= WAITING
    slow.end()
    assert len(slow.sent) == WAITING * 2 - slow.shadow.counts.dropped


def test_every_second_repetition_measures_how_the_old_policy_differs_from_itself(slow: Slow) -> None:
    for _ in range(40):
        slow.ask()
    slow.end()
    assert (slow.shadow.counts.compared, slow.shadow.counts.noise) == (20, 20)
    assert sorted(set(slow.sent)) == ["new", "old"]


@pytest.mark.parametrize(("method", "kwargs"), [("POST", {}), ("DELETE", {}), ("GET", {"stream": True})])
def test_calls_that_change_something_and_streams_are_not_repeated(
    slow: Slow, method: str, kwargs: dict[str, Any]
) -> None:
    slow.ask(method, **kwargs)
    slow.end()
    assert slow.sent == []


def test_after_the_end_no_thread_is_left(slow: Slow) -> None:
    slow.ask()
    slow.end()
    assert not any(thread.is_alive() for thread in slow.threads)
