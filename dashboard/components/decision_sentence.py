"""The decision of a comparison: the sentence that a page begins with, and its download as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.elements import download, escaped
from dashboard.data.decision_markdown import decision_markdown
from harness.model.decision_text import decision_text
from harness.model.verdict import Comparison
from harness.record.reader import Record

_BOXES = {
    "clear winner": st.success, "trade-off": st.info, "undecided": st.warning, "none holds": st.error,
}  # fmt: skip


def show(comparison: Comparison, records: Sequence[Record]) -> None:
    """Shows the decision; nothing for a comparison of an older version, which has none."""
    if comparison.decision is None:
        return
    _BOXES[comparison.decision.kind](f"**{escaped(decision_text(comparison.decision))}**")
    download("Decision (Markdown)", decision_markdown(comparison, records), "decision.md")
