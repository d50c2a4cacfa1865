"""A call that has ended at its caller, joined with the report of the service that handled it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.drive.service_reports import NOBODY, PATIENCE_S, ServiceReports
from harness.model.call import Attempt, Call, Outcome
from harness.session.service.reporter import columns_of

EPOCH_S = 100.0


class Joins:
    """Reports of a run that began at 100 on the monotonic clock, and what they handed on."""

    def __init__(self) -> None:
        self.now_s, self.calls, self.said = 5.0, list[Call](), list[Any]()
        self.reports = ServiceReports(
            "token", lambda: self.now_s, lambda: EPOCH_S, self.calls.append, self.said.append
        )

    def end(self, outcome: Outcome = Outcome.OK) -> None:
        """Call 7.1 ends at its caller."""
        self.reports.ended(Call(7, 1, "GET", "/a", 1.0, 1.1, 1.1, 2.0, outcome))

    def report(self, *attempts: Attempt, error: str = "", arrival: int = 7) -> None:
        """The service reports call 7.1, which it began at 1.5."""
        columns = [list(columns_of(attempt)) for attempt in attempts]
        self.reports.take(("call", arrival, 1, 101.5, 101.9, error, columns), 1)


@pytest.fixture
def joins() -> Joins:
    return Joins()


ATTEMPT = Attempt(0, 101.6, "http://b:1", status=503)


@pytest.mark.parametrize("report_first", [True, False])
def test_a_call_gets_its_attempts_in_whatever_order_both_arrive(joins: Joins, report_first: bool) -> None:
    steps = [lambda: joins.report(ATTEMPT), joins.end]
    for step in steps if report_first else steps[::-1]:
        step()
    (call,) = joins.calls
    assert call.attempts == [replace(ATTEMPT, started_s=pytest.approx(1.6))]


def test_the_time_until_the_service_begins_a_call_is_a_wait_for_its_thread(joins: Joins) -> None:
    joins.end()
    joins.report()
    assert joins.calls[0].thread_wait_s == pytest.approx(0.4)


def test_a_call_whose_report_does_not_come_is_handed_on_and_counted(joins: Joins) -> None:
    joins.end()
    joins.now_s = 2.0 + PATIENCE_S
    joins.reports.expire()
    assert joins.calls == []
    joins.now_s += 0.1
    joins.reports.expire()
    assert (len(joins.calls), joins.reports.unreported) == (1, 1)


@pytest.mark.parametrize(("outcome", "error"), [(Outcome.HTTP_5XX, "ReadTimeout: b"), (Outcome.OK, "")])
def test_a_failed_call_has_the_error_of_the_service_s_request(
    joins: Joins, outcome: Outcome, error: str
) -> None:
    joins.end(outcome)
    joins.report(error="ReadTimeout: b")
    assert joins.calls[0].error == error


def test_attempts_without_an_inbound_call_are_rows_of_nobody(joins: Joins) -> None:
    before = replace(ATTEMPT, started_s=EPOCH_S - 1.0)
    joins.reports.take(("alone", [list(columns_of(each)) for each in (ATTEMPT, before)]), 1)
    (row,) = joins.reports.take_unattributed()
    assert (row[0], joins.reports.alone) == (NOBODY, 1)


def test_the_guardian_s_own_requests_are_no_calls(joins: Joins) -> None:
    joins.report(arrival=NOBODY)
    joins.reports.expire()
    assert (joins.calls, joins.said) == ([], [])


def test_a_note_of_the_service_is_said_to_be_the_service_s(joins: Joins) -> None:
    joins.reports.take(("note", "target refused", "b"), 1)
    assert (joins.said[0].about, joins.said[0].at_s) == ("service", 5.0)


def test_a_call_whose_report_does_not_come_is_said_not_to_be_reported(joins: Joins) -> None:
    joins.end()
    joins.now_s += PATIENCE_S
    joins.reports.expire()
    assert not joins.calls[0].reported


def test_a_call_that_was_refused_has_no_report_to_wait_for(joins: Joins) -> None:
    joins.end(Outcome.CONNECT_REFUSED)
    assert (joins.calls[0].reported, joins.reports.unreported) == (True, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"GET / HTTP/1.1\r\n", b"[]\n", b"7\n", b'["hello"]\n', b'["hello", "token"]\n', b"\xff\xfe\n",
        b'["hello", "other", 1]\n', b'["hello", 7, 1]\n', "[\"hello\", \"tökén\", 1]\n".encode(), b"[" * 1000,
        b'["hello", "token", "1"]\n',
    ],
)  # fmt: skip
def test_a_stranger_s_first_line_is_refused(joins: Joins, line: bytes) -> None:
    assert joins.reports._greeted(line) is None


def test_a_process_that_knows_the_token_is_known_by_its_id(joins: Joins) -> None:
    assert joins.reports._greeted(b'["hello", "token", 7]\n') == 7
