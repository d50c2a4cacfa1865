"""Every shipped journey, alone, against an upstream that has what it needs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from harness.lab.upstream_process import UpstreamProcess
from harness.model.call import Call
from harness.model.policy import Policy, SessionSettings
from harness.model.scenario import MixedRequest
from harness.session.build.session import session_maker
from harness.session.client.client import Client, Journey
from harness.session.client.transport import SessionTransport
from harness.session.trace.call_trace import CallTracer
from mock_upstream.profile import Profile, RegionSettings
from scenarios.journeys import (
    accounts,
    bring_your_own,
    downloads,
    mix,
    orders,
    pages,
    regions,
    tenants,
    tokens,
    warm_up,
    webhooks,
)

HOSTS = ("near", "middle", "far")


class Thread:
    """What a journey sees of a thread of the service."""

    def __init__(self, upstream: UpstreamProcess, session: Any) -> None:
        self.calls: list[Call] = []
        self.random = random.Random(7)
        self.targets = dict(upstream.targets)
        self.off: set[str] = set()
        self.thoughts_s: list[float] = []
        self.mix: tuple[MixedRequest, ...] = ()
        anatomy = CallTracer()
        transport = SessionTransport(lambda: session, anatomy.instrument(session), (2.0, 2.0))
        self.client = Client(next(iter(self.targets.values())), transport, anatomy, self.calls.append)

    def feature(self, name: str) -> bool:
        return name not in self.off

    def think(self, duration_s: float) -> None:
        self.thoughts_s.append(duration_s)

    def serve(self, journey: Callable[[Any], None]) -> list[tuple[str, int]]:
        """Runs the journey once; returns (route, status) of the calls it made."""
        before = len(self.calls)
        self.client.journey = Journey(0, 0.0, 0.0)
        journey(self)
        return [(call.route, call.status) for call in self.calls[before:]]


@pytest.fixture(scope="module")
def upstream() -> Iterator[UpstreamProcess]:
    one = UpstreamProcess(Profile(name="journeys", region=tuple(RegionSettings(name=name) for name in HOSTS)))
    one.wait_ready()
    yield one
    one.stop()


@pytest.fixture
def thread(upstream: UpstreamProcess) -> Thread:
    return Thread(upstream, session_maker(Policy(name="p", session=SessionSettings(scope="user")))())


@pytest.mark.parametrize(
    "journey",
    [
        accounts.login_and_profile,
        bring_your_own.journey,
        downloads.download,
        orders.browse_and_buy,
        orders.get_order,
        orders.home_page,
        orders.place_and_check,
        orders.read_order,
        pages.crawl,
        regions.nearest_first,
        tenants.two_tenants,
        warm_up.healthy_first,
        webhooks.fan_out,
    ],
)
def test_a_journey_meets_only_answers_below_400(journey: Callable[[Any], None], thread: Thread) -> None:
    made = thread.serve(journey)
    assert made
    assert all(0 < status < 400 for _, status in made), made


def test_a_token_is_fetched_once_and_again_only_after_a_401(thread: Thread) -> None:
    first = thread.serve(tokens.with_token)
    assert first == [("GET /protected", 401), ("POST /token", 200), ("GET /protected", 200)]
    assert thread.serve(tokens.with_token) == [("GET /protected", 200)]
    thread.token = "expired"
    assert [status for _, status in thread.serve(tokens.with_token)] == [401, 200, 200]


def test_a_mix_makes_each_request_as_often_as_its_weight_says(thread: Thread) -> None:
    thread.mix = (
        MixedRequest(name="GET /orders/{id}", path="/orders/1", weight=3.0),
        MixedRequest(name="POST /orders", method="POST", path="/orders", weight=1.0),
    )
    made = [thread.serve(mix.one_request)[0][0] for _ in range(80)]
    assert 45 < made.count("GET /orders/{id}") < 75
    assert made.count("POST /orders") == 80 - made.count("GET /orders/{id}")


def test_a_mix_in_order_waits_before_each_request(thread: Thread) -> None:
    thread.mix = (
        MixedRequest(name="GET /orders", path="/orders"),
        MixedRequest(name="GET /orders/{id}", path="/orders/1", think_s=0.4),
    )
    assert thread.serve(mix.in_order) == [("GET /orders", 200), ("GET /orders/{id}", 200)]
    assert thread.thoughts_s == [0.4]


def test_a_mix_of_nothing_says_so(thread: Thread) -> None:
    with pytest.raises(mix.NoMix, match="the scenario has no \\[\\[mix\\]\\]; describe at least one request"):
        mix.one_request(thread)


def test_a_feature_that_is_off_costs_no_call(thread: Thread) -> None:
    assert len(thread.serve(orders.home_page)) == 2
    thread.off.add("recommendations")
    assert len(thread.serve(orders.home_page)) == 1


def test_a_crawl_ends_with_the_last_page(thread: Thread) -> None:
    made = thread.serve(pages.crawl)
    assert 4 <= len(made) <= pages.MOST_PAGES


def test_an_event_goes_to_every_host(thread: Thread) -> None:
    thread.serve(webhooks.fan_out)
    assert [call.route for call in thread.calls] == [f"POST {name}" for name in HOSTS]
    assert (
        len({call.attempts[0].host for call in thread.calls}) == len(HOSTS) if _anatomised(thread) else True
    )


def _anatomised(thread: Thread) -> bool:
    return bool(thread.calls[0].attempts)


def test_the_next_region_is_called_when_the_nearest_does_not_respond(thread: Thread) -> None:
    thread.targets["near"] = "http://127.0.0.1:9"
    made = thread.serve(regions.nearest_first)
    assert [status for _, status in made] == [0, 200]


def test_two_tenants_in_one_cookie_jar_leak_and_the_leak_is_reported(
    upstream: UpstreamProcess, thread: Thread
) -> None:
    ours = thread.client

    class Intruded:
        """The other tenant enters by the same Session just before ours asks for what is theirs."""

        def get(self, path: str, **kwargs: Any) -> Any:
            if path == "/mine":
                other = next(t for t in tenants.TENANTS if t != kwargs["headers"]["X-Tenant"])
                ours.get(f"/tenants/{other}/enter")
            return ours.get(path, **kwargs)

    thread.client = Intruded()  # type: ignore[assignment]
    with pytest.raises(tenants.TenantLeak):
        tenants.two_tenants(thread)


def test_a_download_that_breaks_off_or_differs_raises(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Altered:
        """The right head, and another body."""

        ok = True
        headers: ClassVar = {"Repr-Digest": "sha-256=:AAAA:"}

        def __enter__(self) -> Altered:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def iter_content(self, size: int) -> Iterator[bytes]:
            yield b"x" * size

    monkeypatch.setattr(thread.client, "get", lambda path, **kwargs: Altered())
    with pytest.raises(downloads.BrokenDownload):
        downloads.download(thread)


def test_a_download_that_fails_at_once_is_only_a_failed_call(thread: Thread) -> None:
    thread.client.target = "http://127.0.0.1:9/"
    assert thread.serve(downloads.download) == [("GET /download/{n}", 0)]


def test_no_request_is_sent_before_the_health_check_passes(thread: Thread) -> None:
    target, thread.client.target = thread.client.target, "http://127.0.0.1:9/"
    assert thread.serve(warm_up.healthy_first) == [("GET /health", 0)]
    thread.client.target = target
    assert [route for route, _ in thread.serve(warm_up.healthy_first)][:2] == ["GET /health", "GET /orders"]
    assert "GET /health" not in [route for route, _ in thread.serve(warm_up.healthy_first)]
