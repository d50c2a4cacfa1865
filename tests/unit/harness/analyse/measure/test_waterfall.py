"""The geometry of a waterfall, from known calls: its parts add up to the latency, and lie where they were."""

from __future__ import annotations

import pytest

from harness.analyse.measure.waterfall import Waterfall, waterfall
from harness.model.call import Attempt, Call, Outcome
from harness.model.call_query import TracedCall
from harness.model.served import Served


def a_call(*attempts: Attempt, ended_s: float) -> Call:
    call = Call(7, 0, "GET", "/", scheduled_s=10.0, started_s=10.5, dispatched_s=10.1, ended_s=ended_s)
    call.attempts.extend(attempts)
    call.outcome = Outcome.OK
    return call


def drawn(call: Call, *served: Served) -> Waterfall:
    return waterfall(TracedCall(call, len(call.attempts), served or None))


def stretches(found: Waterfall, lane: int) -> list[tuple[str, float, float]]:
    return [(s.title, round(s.begin_s, 6), round(s.end_s, 6)) for s in found.lanes[lane].spans]


RETRIED = (
    Attempt(0, 10.5, "h", pool_wait_s=0.1, connect_s=0.3, tls_s=0.2, first_byte_s=0.5, drain_s=0.05, backoff_s=0.4),
    Attempt(1, 11.75, "h", throttle_s=0.2, first_byte_s=0.3, body_s=0.1, status=200),
)  # fmt: skip


def test_the_parts_of_the_client_add_up_to_the_latency() -> None:
    found = drawn(a_call(*RETRIED, ended_s=12.2))
    client_s = sum(s.seconds for lane in found.lanes if lane.kind != "upstream" for s in lane.spans)
    assert client_s == pytest.approx(found.latency_s) == pytest.approx(2.2)


def test_the_handshake_is_the_last_part_of_connecting() -> None:
    assert stretches(drawn(a_call(*RETRIED, ended_s=12.2)), 1) == [
        ("pool wait", 0.5, 0.6),
        ("connect", 0.6, 0.7),
        ("TLS handshake", 0.7, 0.9),
        ("waiting for the upstream", 0.9, 1.1),
        ("drain", 1.1, 1.15),
        ("backoff (slot free)", 1.15, 1.55),
    ]


def test_a_throttled_attempt_waited_before_it_started() -> None:
    assert stretches(drawn(a_call(*RETRIED, ended_s=12.2)), 2)[0] == ("throttle", 1.55, 1.75)


def test_what_no_part_explains_is_other() -> None:
    assert stretches(drawn(a_call(*RETRIED, ended_s=12.2)), 0) == [
        ("schedule lag", 0.0, 0.1),
        ("thread wait", 0.1, 0.5),
        ("other", 2.15, 2.2),
    ]


def test_the_ledger_lies_under_its_attempt_on_the_same_axis() -> None:
    row = Served(
        0, 10.9, 11.1, queue_wait_s=0.05, service_s=0.1, actual_delay_s=0.18, fault="latency", status=503
    )
    found = drawn(a_call(*RETRIED, ended_s=12.2), row)
    assert [lane.title for lane in found.lanes] == ["call", "attempt 1", "upstream 1", "attempt 2"]
    assert stretches(found, 2) == [
        ("queue", 0.9, 0.95),
        ("service", 0.95, 1.05),
        ("delay of the response", 1.05, 1.08),
        ("sending the response", 1.08, 1.1),
    ]
    assert found.faults == ("latency",)


def test_an_attempt_without_a_row_in_the_ledger_is_said_to_lack_it() -> None:
    found = drawn(a_call(*RETRIED, ended_s=12.2), Served(0, 10.9, 11.1, status=503))
    assert found.missing == (
        "The upstream's ledger has no row of attempt 2: it did not reach the upstream, "
        "still waited there when the run ended, or its row was lost or has not been read yet.",
    )


def test_a_record_without_a_ledger_says_so() -> None:
    missing = drawn(a_call(*RETRIED, ended_s=12.2)).missing
    assert missing == ("The record has no ledger of the upstream, so this shows the client's side only.",)


def test_a_handshake_that_the_library_does_not_show_is_said_to_be_part_of_connecting() -> None:
    attempt = Attempt(
        0, 10.0, "https://a:1", connect_s=0.5, tls_s=None, first_byte_s=1.0, new_connection=True
    )
    found = drawn(a_call(attempt, ended_s=11.0))
    assert ("connect", 0.0, 0.5) in stretches(found, 1)
    assert found.missing[0].startswith("The client's library does not show the TLS handshake apart")


def test_a_call_that_found_no_thread_made_no_attempt() -> None:
    found = drawn(a_call(ended_s=10.5))
    assert stretches(found, 0) == [("schedule lag", 0.0, 0.1), ("thread wait", 0.1, 0.5)]
    assert found.missing[0] == "The record has no attempt of this call."


def test_the_upstream_may_go_on_after_the_call() -> None:
    found = drawn(a_call(*RETRIED, ended_s=12.2), Served(1, 11.8, 15.0, service_s=3.2, client_gone=True))
    assert found.end_s == pytest.approx(5.0)


def test_a_hedge_and_the_attempt_beside_it_share_one_axis() -> None:
    call = Call(
        0, 0, "GET", "/a", scheduled_s=1.0, started_s=1.0, ended_s=1.08, outcome=Outcome.OK, status=200
    )
    call.attempts = [
        Attempt(0, 1.0, "h", first_byte_s=0.08, lost=True, error="abandoned"),
        Attempt(1, 1.05, "h", hedge=True, hedge_wait_s=0.05, first_byte_s=0.03, status=200),
    ]
    found = waterfall(TracedCall(call, 2, None))
    first, hedge = (lane for lane in found.lanes if lane.kind == "attempt")

    assert [(span.begin_s, span.end_s) for span in first.spans] == [(0.0, pytest.approx(0.08))]
    assert hedge.spans[0].title == "wait before the hedge"
    assert (hedge.spans[-1].begin_s, hedge.spans[-1].end_s) == (pytest.approx(0.05), pytest.approx(0.08))
    assert first.caption == "attempt 1: abandoned"
    assert hedge.caption == "attempt 2: hedge, status 200"


def test_time_between_two_attempts_that_no_part_explains_is_other() -> None:
    first, second = Attempt(0, 10.5, "h", first_byte_s=0.5), Attempt(1, 11.5, "h", first_byte_s=0.5)
    other = [s for s in stretches(drawn(a_call(first, second, ended_s=12.0)), 0) if s[0] == "other"]
    assert other == [("other", 1.0, 1.5)]


def test_an_attempt_that_goes_on_after_the_call_leaves_no_other_time_after_its_end() -> None:
    late = Attempt(0, 12.0, "h", first_byte_s=0.5)
    other = [s for s in stretches(drawn(a_call(late, ended_s=11.0)), 0) if s[0] == "other"]
    assert other == [("other", 0.5, 1.0)]


def test_attempts_that_the_record_does_not_have_are_said_to_be_missing() -> None:
    found = waterfall(TracedCall(a_call(*RETRIED, ended_s=12.2), 3, None))
    assert found.missing[0] == "The record has 2 of the 3 attempts of this call."
    assert len(drawn(a_call(*RETRIED, ended_s=12.2)).missing) == 1


def test_the_lanes_are_numbered_by_their_attempts_and_the_call_has_none() -> None:
    served = Served(0, 10.9, 11.1, status=503)
    lanes = drawn(a_call(*RETRIED, ended_s=12.2), served).lanes
    assert [(lane.kind, lane.number) for lane in lanes] == [
        ("call", 0),
        ("attempt", 1),
        ("upstream", 1),
        ("attempt", 2),
    ]


def test_several_attempts_without_a_row_are_named_together() -> None:
    found = drawn(a_call(*RETRIED, ended_s=12.2), Served(7, 10.9, 11.1, status=503))
    assert "has no row of attempts 1, 2:" in found.missing[-1]


def test_an_upstream_that_sent_no_status_says_so() -> None:
    silent = Served(0, 10.9, 11.4, queue_wait_s=0.1, service_s=0.1, status=0)
    lane = drawn(a_call(*RETRIED, ended_s=12.2), silent).lanes[2]
    assert lane.result == "no status sent"
    assert [round(s.seconds, 6) for s in lane.spans] == [0.1, 0.1, 0.3]


def test_a_client_that_had_left_is_named_in_the_upstream_s_lane() -> None:
    gone = Served(0, 10.9, 11.4, service_s=0.5, status=200, client_gone=True)
    assert drawn(a_call(*RETRIED, ended_s=12.2), gone).lanes[2].result == "the client had disconnected"


def test_the_attempts_of_a_service_s_call_name_the_request_that_they_belong_to() -> None:
    attempts = (
        Attempt(0, 10.5, "h", status=200),
        Attempt(100, 10.7, "h", status=503),
        Attempt(101, 10.8, "h"),
    )
    found = drawn(a_call(*attempts, ended_s=11.0), Served(100, 10.7, 10.75, status=503))
    assert [lane.caption for lane in found.lanes] == [
        "call: ok",
        "attempt 1: request 1, status 200",
        "attempt 2: request 2, status 503",
        "upstream 2: status 503",
        "attempt 3: request 2, no response",
    ]


def test_a_call_that_the_service_has_not_reported_is_said_to_be_unknown() -> None:
    call = a_call(ended_s=10.5)
    call.reported = False
    sentence = "The service has not reported this call, so its attempts and waits are unknown."
    assert drawn(call).missing[0] == sentence
