"""A part of a page that appears once a process of the lowest priority has made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.components import elements
from dashboard.data import background_jobs, cached
from dashboard.data.low_priority import LowPriorityProcess

HELD = "background-result"


@dataclass(slots=True)
class _Held:
    """What a reader's page waits for, or has: `key` is the same for the same result."""

    key: str
    process: LowPriorityProcess | None = None


@st.fragment(run_every="1s")
def show_result(key: str, start: Callable[[], LowPriorityProcess], show: Callable[[str], None]) -> None:
    """Shows what the process of `start` printed, by `show`, or its one line of error; read again each second.

    A reader has one such result at a time, of the page that was opened last. It is begun a second after `key` has last
    changed, and not while a command that was started here still runs, whose measurements it would disturb.
    """
    held = st.session_state.get(HELD)
    if not isinstance(held, _Held) or held.key != key:
        stop_result()
        st.session_state[HELD] = _Held(key)
        st.caption("Predicting…")
    elif held.process is None:
        if any(job.running for job in background_jobs.background_jobs(cached.root())):
            st.caption(
                "The prediction waits until the command that runs has ended, whose run it would disturb."
            )
        else:
            held.process = start()
            st.caption("Predicting…")
    elif held.process.failure is not None:
        st.info(elements.escaped(held.process.failure))
    elif held.process.output is not None:
        show(held.process.output)
    else:
        st.caption("Predicting… The first prediction after an installation takes half a minute.")


def stop_result() -> None:
    """Ends what is under way for this reader; a later page begins anew."""
    held = st.session_state.pop(HELD, None)
    if isinstance(held, _Held) and held.process is not None:
        held.process.stop()
