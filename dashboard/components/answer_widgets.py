"""The form of the page Advise: a widget for each question, filled from a sheet of answers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.data.answer_form import GROUPS, Question, value_of
from harness.model.answers import Answers

COLUMNS = 4


def show_questions(answers: Answers, sheet: str) -> dict[str, Any]:
    """Draws every question by group, filled with `answers`; returns what is answered now, by key."""
    given: dict[str, Any] = {}
    for group, questions in GROUPS.items():
        st.markdown(f"**{group}**")
        for row in range(0, len(questions), COLUMNS):
            columns = st.columns(COLUMNS, vertical_alignment="bottom")
            for column, question in zip(columns, questions[row : row + COLUMNS], strict=False):
                with column:
                    given[question.key] = _widget(question, answers, f"advise.{sheet}.{question.key}")
    return given


def _widget(question: Question, answers: Answers, key: str) -> Any:
    value, help_ = value_of(answers, question.key), question.help or None
    if question.kind == "choice":
        index = question.choices.index(value)
        return st.selectbox(question.label, question.choices, index, key=key, help=help_)
    if question.kind == "switch":
        return st.checkbox(question.label, bool(value), key=key, help=help_)
    if question.kind == "text":
        return st.text_input(question.label, value or "", key=key, help=help_, placeholder="none").strip()
    if question.kind == "whole":
        return st.number_input(
            question.label, 1, value=value, step=1, key=key, help=help_, placeholder="unknown"
        )
    return st.number_input(
        question.label,
        min_value=0.0,
        value=None if value is None else float(value),
        step=None,
        format="%g",
        key=key,
        help=help_,
        placeholder="unknown" if question.key.startswith("upstream.") else "none",
    )
