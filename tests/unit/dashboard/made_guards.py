"""Runs whose guards table has rows as the driver would write them."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.guard_frames import GuardFrames
from dashboard.data.run_frames import run_frames
from harness.model.call import Attempt, Call, Outcome
from harness.model.policy import Policy
from harness.record.reader import Record, open_run
from harness.record.rows import attempt_row, call_row
from harness.record.schema import TABLES
from harness.record.writer import RunWriter, create
from tests.unit.dashboard.made_runs import STARTED, run_of, scenario

A, B = "http://a.test:80", "http://b.test:80"


def plain() -> Policy:
    """A policy without guards."""
    return Policy(name="plain")


def guarded() -> Policy:
    """A policy with every guard."""
    return Policy.model_validate(
        {
            "name": "guarded",
            "retry": {"total": 1, "budget": {"kind": "ratio", "ratio": 0.1}},
            "breaker": {},
            "throttle": {"kind": "adaptive"},
            "bulkhead": {"connections": 8},
            "limiter": {"kind": "envoy"},
        }
    )


def guard_row(at_s: float, host: str = A, process: int = 0, **values: object) -> tuple[object, ...]:
    """One row of the table; what is not given is null."""
    blank = dict.fromkeys(TABLES["guards"].names)
    return tuple((blank | {"at_s": at_s, "host": host, "process": process} | values).values())


def recorded(
    root: Path,
    policy: Policy,
    rows: list[tuple[object, ...]],
    *,
    table: bool = True,
    attempts: tuple[Attempt, ...] = (),
) -> Record:
    """A run of this policy with these rows, or without the table, as an earlier version left it."""
    folder = create(root, run_of(policy, scenario(), STARTED))
    writer = RunWriter(folder, ("calls", "attempts", "guards") if table else ("calls",))
    call = Call(0, 0, "GET", "/orders", scheduled_s=0.0, started_s=0.0)
    call.ended_s, call.outcome, call.status = 0.02, Outcome.OK, 200
    writer["calls"].add(call_row(call))
    if table:
        writer["guards"].extend(rows)
        for attempt in attempts:
            writer["attempts"].add(attempt_row(call, attempt))
    writer.close()
    return open_run(folder)


def eventful(root: Path) -> Record:
    """Two hosts, of which A's breaker opens twice, and every other guard at work."""
    a = ["closed", "open", "open", "half-open", "closed", "open", "closed", "closed"]
    left = [1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 1.0, 1.0]
    rows = []
    for i, (state, ratio) in enumerate(zip(a, left, strict=True)):
        at_s, refused = i * 0.2, 1.0 - ratio
        rows += [
            guard_row(
                at_s,
                breaker=state,
                rate_per_s=40.0,
                refusal_ratio=refused,
                bulkhead_taken=i,
                bulkhead_waiting=2,
                limiter_limit=3.0 + 2.5 * i,
                limiter_in_flight=3 + i,
            ),
            guard_row(at_s, B, breaker="closed", refusal_ratio=0.0, bulkhead_taken=1, bulkhead_waiting=0),
            guard_row(at_s, "", budget_left_ratio=ratio),
        ]
    return recorded(root, guarded(), rows)


def guards_of(record: Record) -> GuardFrames:
    """The guards of a whole run."""
    return run_frames(record).guards
