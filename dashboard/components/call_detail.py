"""One call as a waterfall with the same in words and numbers."""

from __future__ import annotations

import streamlit as st

from dashboard.charts.waterfall import shown_until_s, waterfall_chart
from dashboard.components import elements
from dashboard.data.call_table import call_sentence, waterfall_table
from dashboard.data.event_spans import active_sentences, since
from harness.analyse.measure.waterfall import waterfall
from harness.model.call_query import TracedCall
from harness.record.reader import Record


def call_detail(record: Record, traced: TracedCall) -> None:
    """The sentence, the waterfall, what the record does not have, and the table."""
    found = waterfall(traced)
    st.markdown(elements.escaped(call_sentence(traced.call, found, traced.attempts_made)))
    active = since(record.table("events"), traced.call.scheduled_s, traced.call.ended_s)
    chart = waterfall_chart(found, active, elements.palette())
    elements.show_chart(
        [chart], "waterfall", "Waits and attempts of this call over time; the table has the same"
    )
    for sentence in (*active_sentences(active, shown_until_s(found)), *found.missing):
        st.caption(elements.escaped(sentence))
    elements.show_table(elements.escaped_cells(waterfall_table(found)))
