"""One call as a waterfall with the same in words and numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.charts.waterfall import shown_until_s, waterfall_chart
from dashboard.components import elements
from dashboard.data.call_table import call_sentence, waterfall_table
from dashboard.data.event_spans import spans
from harness.analyse.measure.waterfall import waterfall
from harness.model.call_query import TracedCall
from harness.record.reader import Record


def call_detail(record: Record, traced: TracedCall) -> None:
    """The sentence, the waterfall, what the record does not have, and the table."""
    found = waterfall(traced)
    st.markdown(elements.escaped(call_sentence(traced.call, found, traced.attempts_made)))
    active = active_around(record, traced)
    chart = waterfall_chart(found, active, elements.palette())
    elements.show_chart(
        [chart], "waterfall", "Waits and attempts of this call over time; the table has the same"
    )
    for sentence in (*active_sentences(active, shown_until_s(found)), *found.missing):
        st.caption(elements.escaped(sentence))
    elements.show_table(elements.escaped_cells(waterfall_table(found)))


def active_around(record: Record, traced: TracedCall) -> pd.DataFrame:
    """The spans of the run's faults and levers (dashboard.data.event_spans), in seconds since the call's start."""
    events, zero_s = record.table("events"), traced.call.scheduled_s
    found = spans(events, max(traced.call.ended_s, zero_s))
    return found.assign(start_s=found["start_s"] - zero_s, end_s=found["end_s"] - zero_s)


def active_sentences(active: pd.DataFrame, until_s: float) -> list[str]:
    """Which faults of the run's timeline were active during the call, and which levers were pulled."""
    during = active[(active["end_s"] >= 0) & (active["start_s"] <= until_s)]
    faults = dict.fromkeys(during.loc[during["kind"] == "fault", "label"])
    levers = dict.fromkeys(during.loc[during["kind"] == "lever", "label"])
    said = [f"Shaded: the fault {fault} was active at the upstream." for fault in faults]
    return [*said, *(f"The lever {lever} was pulled during this call." for lever in levers)]
