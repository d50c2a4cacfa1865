"""The rows of the record's guards table are what the policy's guards say, host by host."""

from __future__ import annotations

from harness.drive.guard_rows import GuardRow, guard_rows
from harness.record.schema import TABLES
from harness.session.resilience.status import HostStatus, PolicyStatus


def test_a_row_has_the_columns_of_its_table() -> None:
    assert GuardRow._fields == tuple(TABLES["guards"].names)


def test_a_plain_policy_has_no_rows() -> None:
    assert guard_rows(1.0, PolicyStatus(), 0) == []


def test_each_host_has_a_row_and_the_process_has_one() -> None:
    hosts = (
        HostStatus("http://a", breaker="open"),
        HostStatus("http://b", bulkhead_taken=3, bulkhead_waiting=1, limiter_limit=7.5, limiter_in_flight=6),
    )
    rows = guard_rows(1.5, PolicyStatus(hosts, budget_left_ratio=0.25, lever_rate_per_s=20.0), 2)

    assert [(row.at_s, row.process, row.host) for row in rows] == [
        (1.5, 2, "http://a"),
        (1.5, 2, "http://b"),
        (1.5, 2, ""),
    ]
    assert [row.breaker for row in rows] == ["open", None, None]
    assert (rows[1].bulkhead_taken, rows[1].bulkhead_waiting) == (3, 1)
    assert (rows[1].limiter_limit, rows[1].limiter_in_flight) == (7.5, 6)
    assert (rows[2].budget_left_ratio, rows[2].rate_per_s) == (0.25, 20.0)


def test_a_host_s_row_has_its_hedges() -> None:
    (row,) = guard_rows(1.5, PolicyStatus((HostStatus("http://a", hedges=3, hedge_delay_s=0.05),)), 0)

    assert (row.hedges, row.hedge_delay_s) == (3, 0.05)
