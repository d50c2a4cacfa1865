"""When a shadow's responses differ more than chance, and what waits is bounded."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import requests

from harness.model.call import Call
from harness.model.policy import Policy
from harness.session.rollout.shadow import WAITING, RepeatedCall, Shadow, ShadowedCall
from harness.session.rollout.shadow_counts import FOR_NOISE, ShadowCounts
from harness.session.routing.arm import Arm
from harness.session.trace.call_trace import ATTEMPT_HEADER, KEY_HEADER, CallTracer
from harness.session.trace.trace import current_trace


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
        self.go, self.sent, self.repeated = threading.Event(), list[str](), list[ShadowedCall]()
        self.requests: dict[str, list[requests.PreparedRequest]] = {"old": [], "new": []}

        def call(
            arm: Arm, request: requests.PreparedRequest, kwargs: dict[str, Any], send: object
        ) -> requests.Response:
            self.go.wait(10)
            self.sent.append(arm.policy.name)
            self.requests[arm.policy.name].append(request)
            return response()

        monkeypatch.setattr(Arm, "call", call)
        old, new = (
            Policy.model_validate({"name": name, "session": {"headers": {"X-Api": name}}})
            for name in ("old", "new")
        )
        self.shadow = Shadow(old, new, 1.0, rng=Random(1))
        self.shadow.listeners.append(self.repeated.append)

    def ask(self, method: str = "GET", headers: dict[str, str] | None = None, **kwargs: Any) -> None:
        request = requests.Request(method, "http://a/", headers={"X-Api": "old", **(headers or {})}).prepare()
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


def test_about_half_of_the_repetitions_measure_how_the_old_policy_differs_from_itself(slow: Slow) -> None:
    for _ in range(80):
        slow.ask()
    slow.end()
    counts = slow.shadow.counts
    assert counts.compared + counts.noise == 80
    assert 25 < counts.noise < 55
    assert Counter(slow.sent) == {"new": counts.compared, "old": counts.noise}


def test_which_policy_repeats_a_call_does_not_follow_the_order_of_the_calls(slow: Slow) -> None:
    for _ in range(80):
        slow.ask()
    slow.end()
    assert len({tuple(slow.sent[n : n + 2]) for n in range(0, 80, 2)}) > 2, "routes asked in turn meet both"


def test_a_repetition_does_not_repeat_the_key_of_the_first_call(slow: Slow) -> None:
    for _ in range(20):
        slow.ask(headers={KEY_HEADER: "12.0", ATTEMPT_HEADER: "1"})
    slow.end()
    sent = [request for of_arm in slow.requests.values() for request in of_arm]
    assert len(sent) == 20
    assert not any(header in request.headers for request in sent for header in (KEY_HEADER, ATTEMPT_HEADER))


def test_a_repetition_by_the_new_policy_has_its_headers(slow: Slow) -> None:
    for _ in range(20):
        slow.ask()
    slow.end()
    assert {request.headers["X-Api"] for request in slow.requests["new"]} == {"new"}
    assert {request.headers["X-Api"] for request in slow.requests["old"]} == {"old"}


def test_headers_that_the_service_has_set_itself_stay(slow: Slow) -> None:
    for _ in range(20):
        slow.ask(headers={"X-Api": "mine"})
    slow.end()
    assert {request.headers["X-Api"] for request in slow.requests["new"]} == {"mine"}


def test_each_repetition_and_each_dropped_call_is_told(slow: Slow) -> None:
    for _ in range(WAITING * 2):
        slow.ask()
    slow.end()
    told = Counter(repetition.by for repetition in slow.repeated)
    assert told == {
        "new": slow.shadow.counts.compared,
        "old": slow.shadow.counts.noise,
        "": slow.shadow.counts.dropped,
    }


def test_a_repetition_is_no_part_of_the_call_that_is_traced(slow: Slow) -> None:
    traces = list[object]()
    slow.shadow.listeners.append(lambda _: traces.append(current_trace()))
    with CallTracer().calling(Call(1, 0, "GET", "/", 0.0, 0.0), keyed=True):
        slow.ask()
    slow.end()
    assert traces == [None]
    assert slow.repeated[0].of is not None
    assert slow.repeated[0].of.key == "1.0"


def test_the_key_of_a_traced_repetition_is_its_own() -> None:
    assert RepeatedCall(12, 3, "GET", "/", 0.0, 0.0, by="old").key == "12.3.old"


def differences_found(draw: Random, by_itself: Callable[[int], bool], more: float) -> bool:
    """Whether a difference was found in 300 repetitions, looked at after each that differs."""
    counts = ShadowCounts()
    for number in range(300):
        again = draw.random() < FOR_NOISE
        counts.noise += again
        counts.compared += not again
        if by_itself(number) or (not again and draw.random() < more):
            counts.noise_different += again
            counts.different += not again
            if counts.differs:
                return True
    return False


@pytest.mark.parametrize(
    ("by_itself", "more", "least", "most"),
    [
        (lambda number: number % 2 == 0, 0.0, 0.0, 0.075),  # two routes in turn, of which one always differs
        (lambda number: number % 60 < 6, 0.0, 0.0, 0.075),
        (lambda _: False, 0.1, 0.9, 1.0),
        (lambda number: number % 60 < 6, 0.3, 0.9, 1.0),
    ],
)
def test_noise_is_rarely_a_difference_and_a_difference_is_mostly_found(
    by_itself: Callable[[int], bool], more: float, least: float, most: float
) -> None:
    draw = Random(5)
    found = sum(differences_found(draw, by_itself, more) for _ in range(80)) / 80
    assert least <= found <= most


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
