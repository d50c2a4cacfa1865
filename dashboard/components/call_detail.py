"""One call as a waterfall with the same in words and numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.charts.waterfall import waterfall_chart
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
    chart = waterfall_chart(found, active_around(record, traced), elements.palette())
    elements.show_chart(
        [chart], "waterfall", "Waits and attempts of this call over time; the table has the same"
    )
    for sentence in found.missing:
        st.caption(elements.escaped(sentence))
    elements.show_table(elements.escaped_cells(waterfall_table(found)))


def active_around(record: Record, traced: TracedCall) -> pd.DataFrame:
    """The spans of the run's faults and levers (dashboard.data.event_spans), in seconds since the call's start."""
    events, zero_s = record.table("events"), traced.call.scheduled_s
    found = spans(events, max(traced.call.ended_s, zero_s))
    return found.assign(start_s=found["start_s"] - zero_s, end_s=found["end_s"] - zero_s)
