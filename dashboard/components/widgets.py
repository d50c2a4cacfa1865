"""One widget per setting, by its kind; and the choice of a file that people wrote."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.components.schema_form import Field

HELP = "The name of a file that comes with surgeline or is in ./scenarios, or a path."


def file_choice(kind: str, names: list[str], usual: str) -> str:
    """A policy or scenario: one of `names`, or whatever somebody types. The address may name it by its kind."""
    wanted = st.query_params.get(kind, usual)
    options = names if wanted in names else [*names, wanted]
    index = options.index(wanted)
    return str(st.selectbox(kind.capitalize(), options, index=index, accept_new_options=True, help=HELP))


def setting_widget(field: Field, key: str) -> Any:
    """Draws a setting and returns its value; None for a number that is not set."""
    if field.kind == "switch":
        return st.checkbox(field.label, bool(field.value), key=key)
    if field.kind == "choice":
        return st.selectbox(field.label, field.choices, field.choices.index(field.value), key=key)
    if field.kind == "text":
        return st.text_input(field.label, field.value or "", key=key)
    if field.kind == "whole":
        return st.number_input(
            field.label,
            min_value=None if field.low is None else int(field.low),
            value=None if field.value is None else int(field.value),
            step=1,
            key=key,
            placeholder="not set",
        )
    return st.number_input(
        field.label,
        min_value=None if field.low is None else float(field.low),
        value=None if field.value is None else float(field.value),
        key=key,
        placeholder="not set",
    )
