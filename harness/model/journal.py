"""One line of a service's journal: an attempt, as far as it may be kept."""

from __future__ import annotations

from typing import TypedDict

SCHEMA = 1


class JournalRow(TypedDict):
    """Times are Unix seconds with microseconds, durations are seconds.

    `call` numbers the calls of one `process`, `attempt` those of a call from 0. `sent_s` is when the request had its
    open connection, TLS included, and `answered_s` when the response's head came or the attempt failed. `status` is 0
    without a response, `error` empty with one, else an outcome's name. `share` is the share of all calls that is
    kept.
    """

    schema: int
    service: str
    share: float
    process: int
    call: int
    attempt: int
    route: str
    host: str
    sent_s: float
    answered_s: float
    connect_s: float
    new_connection: bool
    status: int
    error: str
