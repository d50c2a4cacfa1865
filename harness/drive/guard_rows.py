"""The rows of the record's `guards` table: what the policy's guards are at one moment, host by host."""

from __future__ import annotations

from typing import NamedTuple

from harness.session.resilience.status import PolicyStatus


class GuardRow(NamedTuple):
    """One row of the record's `guards` table: what holds back attempts to one host, or to all (`host` is "").

    None means that the policy has no such guard.
    """

    at_s: float
    host: str
    breaker: str | None
    budget_left_ratio: float | None
    rate_per_s: float | None
    refusal_ratio: float | None
    bulkhead_taken: int | None
    bulkhead_waiting: int | None
    limiter_limit: float | None
    limiter_in_flight: int | None
    hedges: int | None
    hedge_delay_s: float | None
    process: int


def guard_rows(at_s: float, status: PolicyStatus, process: int) -> list[GuardRow]:
    """A row for each host that has guards, and one for those of the whole process; none for a plain policy."""
    rows = [
        GuardRow(
            at_s, host.host, host.breaker, None, host.rate_per_s, host.refusal_ratio,
            host.bulkhead_taken, host.bulkhead_waiting, host.limiter_limit, host.limiter_in_flight,
            host.hedges, host.hedge_delay_s, process,
        )
        for host in status.hosts
    ]  # fmt: skip
    budget, rate_per_s = status.budget_left_ratio, status.lever_rate_per_s
    if budget is not None or rate_per_s is not None:
        nothing = (None,) * 7
        rows.append(GuardRow(at_s, "", None, budget, rate_per_s, *nothing, process))
    return rows
