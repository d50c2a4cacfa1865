"""How an attempt's connection tells its race when the request is sent, and when the head of the response is there."""

from __future__ import annotations

import weakref
from typing import Any

from harness.session.resilience.call_context import CallContext, current
from harness.session.resilience.hedge import Hedging
from harness.session.trace.hooks import method_of
from harness.session.trace.trace import current_trace

WATCHED = "_surgeline_out"


def connected(context: CallContext, conn: Any) -> None:
    """The attempt has its connection. A hedge opens it now, because it counts from when it is sent.

    Raises Superseded for a hedge that is not needed any more.
    """
    race = context.race
    if race is None:
        trace = current_trace()
        if trace is not None and trace.attempt is not None and context.unhedged is not None:
            trace.attempt.unhedged = context.unhedged.value
        return
    if WATCHED not in conn.__dict__:
        _watch(conn)
    if context is not race.first:
        if conn.sock is None:
            conn.connect()
        race.join(context)


def heard(hedging: Hedging, context: CallContext, status: int | None, began_s: float) -> None:
    """The head of an attempt is there that has no race: it may count for the delay of later ones."""
    if context.hedges is not None and context.hedges.learns and status is not None:
        with hedging.lock:
            context.hedges.took(hedging.timers.clock() - began_s)


def _watch(conn: Any) -> None:
    """`getresponse` is what a connection does as soon as the request is sent."""
    owner, getresponse = weakref.ref(conn), method_of(conn, "getresponse")

    def heard_first() -> Any:
        context = current.get()
        if context is not None and context.race is not None:
            context.race.out(context, owner())
        return getresponse(owner())

    conn.__dict__.update({"getresponse": heard_first, WATCHED: True})
