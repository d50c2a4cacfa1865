"""The sections of a run of two policies: its rollout, or its shadow."""

from __future__ import annotations

import streamlit as st

from dashboard.charts import rollout, shadow
from dashboard.charts.time import Backdrop
from dashboard.components import elements
from dashboard.data.run_frames import RunFrames
from dashboard.data.shadow_frames import field_table
from harness.record.reader import Record


def show_rollout(seen: RunFrames, behind: Backdrop, record: Record) -> None:
    """How the new policy took the place of the old one, or did not; nothing for a run of one policy."""
    if seen.rollout is None or record.run.rollout is None:
        return
    st.subheader("Rollout", anchor="rollout")
    if record.end is None:  # Else the verdict has said it.
        st.markdown(elements.escaped(rollout.rollout_sentence(seen.rollout)))
    st.caption(elements.escaped(rollout.plan_sentence(record.run.rollout.plan)))
    if panels := rollout.rollout(seen.rollout, behind):
        elements.show_chart(
            panels, "rollout", "The new policy's share, evidence for each decision, and bad calls, over time"
        )


def show_shadow(seen: RunFrames, behind: Backdrop, record: Record) -> None:
    """What the new policy's responses were compared with, and how; nothing for a run without a shadow."""
    if seen.shadow is None or record.run.rollout is None:
        return
    st.subheader("Shadow", anchor="shadow")
    if record.end is None:
        st.markdown(elements.escaped(shadow.shadow_sentence(seen.shadow)))
    st.caption(elements.escaped(shadow.settings_sentence(record.run.rollout.plan.shadow)))
    if panels := shadow.shadow(seen.shadow, behind):
        elements.show_chart(
            panels, "shadow", "Evidence for and against a difference, and responses that differed, over time"
        )
    if seen.shadow.result.fields:
        elements.show_table(elements.escaped_cells(field_table(seen.shadow.result)))
