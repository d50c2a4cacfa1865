"""Which arm a call takes, what is counted, and what happens when the canary itself breaks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests

from harness.model.call import Call
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutLimits, RolloutPlan, RolloutStep
from harness.session.rollout.canary import Canary
from harness.session.rollout.decision import ArmSecond
from harness.session.routing.arm import Arm
from harness.session.trace.call_trace import CallTracer

PLAN = RolloutPlan(
    name="half", steps=(RolloutStep(share=0.5, at_most_s=60),), slow_s=1.0,
    limits=RolloutLimits(latency_ceiling_s=2.0),
)  # fmt: skip


def policy(name: str, **tables: Any) -> Policy:
    return Policy.model_validate({"name": name, **tables})


class Bench:
    """A canary whose calls end as a function says, on a clock that only a test moves."""

    def __init__(self, outcome: Callable[[str], int], **settings: Any) -> None:
        self.now_s, self.outcome, self.sent = 0.0, outcome, Counter[str]()
        clock, rng = (lambda: self.now_s), Random(4)
        self.canary = Canary(policy("old"), policy("new"), PLAN, clock=clock, rng=rng, **settings)

    def call(self, method: str = "GET", url: str = "http://a/") -> requests.Response:
        return self.canary.call(requests.Request(method, url).prepare(), {}, self._through)

    def _through(self, arm: Arm, kwargs: dict[str, Any]) -> requests.Response:
        self.sent[arm.policy.name] += 1
        response = requests.Response()
        response.status_code = self.outcome(arm.policy.name)
        return response

    def seconds(self, count: int, calls: int = 40) -> None:
        for _ in range(count):
            for _ in range(calls):
                self.call()
            self.now_s += 1.0


def test_a_share_of_the_calls_goes_to_the_canary() -> None:
    bench = Bench(lambda _: 200)
    bench.seconds(1, calls=2000)
    assert bench.sent["new"] / 2000 == pytest.approx(0.5, abs=0.05)


def test_all_calls_of_a_tenant_go_the_same_way() -> None:
    bench = Bench(lambda _: 200, key=lambda request: str(request.url))
    for tenant in range(40):
        before = Counter(bench.sent)
        for _ in range(5):
            bench.call(url=f"http://a/{tenant}")
        assert sorted((bench.sent - before).values()) == [5]
    assert len(bench.sent) == 2


def test_a_canary_that_fails_is_rolled_back_and_gets_no_further_call() -> None:
    bench = Bench(lambda name: 503 if name == "new" else 200)
    bench.seconds(4)
    assert bench.canary.decision.state == "rolled back"
    sent = bench.sent["new"]
    bench.seconds(3)
    assert bench.sent["new"] == sent


def test_a_canary_that_is_alike_gets_every_call_in_the_end() -> None:
    bench = Bench(lambda _: 200)
    bench.seconds(59, calls=300)
    assert bench.canary.decision.state == "promoted"
    sent = bench.sent["old"]
    bench.seconds(3)
    assert bench.sent["old"] == sent


def test_calls_slower_than_the_limit_are_bad() -> None:
    bench = Bench(lambda _: 200)

    def slow(name: str) -> int:
        bench.now_s += 1.5 if name == "new" else 0.0
        return 200

    bench.outcome = slow
    for _ in range(40):
        bench.call()
    bench.now_s += 1.0
    bench.call()
    assert bench.canary.decision.state == "rolled back"


def test_a_canary_that_breaks_fails_no_call_that_may_be_repeated() -> None:
    def broken(name: str) -> int:
        if name == "new":
            raise TypeError("the adapter has a defect")
        return 200

    bench = Bench(broken)
    assert [bench.call().status_code for _ in range(20)] == [200] * 20
    assert bench.canary.fallbacks == bench.sent["new"] > 0


def test_each_call_that_falls_back_is_counted_and_few_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(name: str) -> int:
        if name == "new":
            raise TypeError("the adapter has a defect")
        return 200

    bench = Bench(broken)
    for _ in range(200):
        bench.call()
    assert bench.canary.status.fallbacks > 50
    assert sum("The canary broke" in record.getMessage() for record in caplog.records) == 1


def test_a_call_that_must_not_be_repeated_raises_the_canarys_error() -> None:
    def broken(_: str) -> int:
        raise TypeError("the adapter has a defect")

    bench = Bench(broken)
    while "new" not in bench.sent:
        with pytest.raises(TypeError):
            bench.call("POST")
    assert bench.canary.fallbacks == 0


def test_a_call_that_fails_on_the_network_is_counted_and_not_repeated() -> None:
    def refused(name: str) -> int:
        raise requests.ConnectionError

    bench = Bench(refused)
    for _ in range(20):
        with pytest.raises(requests.ConnectionError):
            bench.call()
    assert bench.sent.total() == 20


def test_the_decision_is_in_the_audit_log(tmp_path: Path) -> None:
    log = tmp_path / "rollout.jsonl"
    bench = Bench(lambda name: 503 if name == "new" else 200, audit=log)
    bench.seconds(5)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["started", "rolled back"]
    assert lines[1]["reason"] == "fast burn rate"
    assert (lines[1]["from"], lines[1]["to"], lines[1]["share"]) == ("old", "new", 0.0)


def test_seconds_without_calls_lead_to_the_deadline() -> None:
    bench = Bench(lambda _: 200)
    bench.seconds(1)
    bench.now_s += 100.0
    bench.call()
    assert bench.canary.decision.state == "inconclusive"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"session": {"headers": {"A": "1"}}}, "session.headers differs from that of old"),
        ({"transport": "httpx"}, "transport is httpx; a canary needs requests"),
    ],
)
def test_policies_that_prepare_requests_differently_are_refused(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Canary(policy("old"), policy("new", **tables), PLAN)


class Hanging(Bench):
    """A canary whose first call by the new policy is still under way while the test goes on."""

    def __init__(self) -> None:
        super().__init__(lambda _: 200)
        self.hung = False

    def _through(self, arm: Arm, kwargs: dict[str, Any]) -> requests.Response:
        if arm.policy.name == "new" and not self.hung:
            self.hung = True
            self.meanwhile()
        return super()._through(arm, kwargs)

    def meanwhile(self) -> None:
        """What happens while that call is under way: three seconds without another call of the canary."""
        for _ in range(3):
            self.now_s += 1.0
            self.canary.call(
                requests.Request("GET", "http://a/").prepare(), {}, lambda arm, _: response(arm, 200)
            )
        self.seen = self.canary.decision.evidence().worse


def response(_: Arm, status: int) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    return made


def test_a_call_that_hangs_is_a_bad_one_before_it_ends() -> None:
    bench = Hanging()
    while not bench.hung:
        bench.call()
    assert bench.seen > 0


def test_a_call_that_hung_is_counted_once() -> None:
    bench = Hanging()
    while not bench.hung:
        bench.call()
    while bench.canary.canary.begun or bench.canary.canary.shown:
        bench.now_s += 1.0
        bench.canary._tick()
    counts = bench.canary.decision._counts.counts
    assert counts.canary == 1


def test_a_call_of_an_earlier_step_is_not_counted_in_the_next() -> None:
    side = Bench(lambda _: 200).canary.canary
    side.shown = [(0, 1, True, False), (1, 1, False, False)]
    side.begun = {1: (0.0, 0), 2: (0.0, 1)}
    assert side.taken(1, slow_before_s=5.0) == ArmSecond(2, 1)


@pytest.mark.parametrize("error", [requests.exceptions.InvalidSchema, requests.exceptions.InvalidHeader])
def test_a_canary_that_cannot_begin_to_send_fails_no_call_that_may_be_repeated(
    error: type[Exception],
) -> None:
    def broken(name: str) -> int:
        if name == "new":
            raise error("no adapter")
        return 200

    bench = Bench(broken)
    assert [bench.call().status_code for _ in range(20)] == [200] * 20
    assert bench.canary.fallbacks > 0


def test_a_forked_child_counts_none_of_its_parents_calls() -> None:
    bench = Bench(lambda _: 200)
    bench.seconds(1)
    bench.call()
    bench.canary.renew()
    sides = (bench.canary.canary, bench.canary.baseline)
    assert [side.taken(0, slow_before_s=bench.now_s) for side in sides] == [ArmSecond(0, 0)] * 2


def test_processes_with_the_same_folder_share_the_decision(tmp_path: Path) -> None:
    failing = Bench(lambda name: 503 if name == "new" else 200, shared=tmp_path)
    failing.seconds(10)
    later = Bench(lambda _: 200, shared=tmp_path)
    assert later.canary.decision.state == "rolled back"
    later.seconds(1)
    assert later.sent["new"] == 0


def test_a_traced_call_knows_its_arm() -> None:
    bench, tracer, arms = Bench(lambda _: 200), CallTracer(), Counter[str]()
    for _ in range(40):
        call = Call(0, 0, "GET", "/", 0.0, 0.0)
        with tracer.calling(call, keyed=False):
            bench.call()
        arms[call.arm] += 1
    assert arms == {"canary": bench.sent["new"], "baseline": bench.sent["old"]}


def test_the_seconds_of_a_rollout_count_from_its_beginning() -> None:
    bench = Bench(lambda _: 200)
    bench.canary.begin(100.3)
    bench.now_s = 102.5
    bench.canary.look()
    assert bench.canary.decision.seconds == 2
    assert bench.canary.status.share == 0.5
