"""Text that is shown stays text."""

from __future__ import annotations

import altair as alt
import pandas as pd
import pytest
import streamlit as st

from dashboard.components import elements
from dashboard.components.elements import escaped, show_chart_of
from dashboard.theme.palette import DARK, LIGHT


def test_the_address_of_a_host_is_no_link() -> None:
    assert escaped("of http://a.test") == "of http\\:\u2060//a\\.test"


@pytest.fixture
def made() -> list[str]:
    """The charts that were really made."""
    st.cache_data.clear()
    return []


def _show(source: str, made: list[str]) -> None:
    def make() -> list[alt.Chart]:
        made.append(source)
        return [alt.Chart(pd.DataFrame({"at_s": [1.0]})).mark_point().encode(x="at_s:Q")]

    show_chart_of(source, make, "key", "a description")


def test_a_chart_of_the_same_data_is_made_once(made: list[str]) -> None:
    _show("run 1", made)
    _show("run 1", made)
    assert made == ["run 1"]


def test_a_chart_of_other_data_is_made_anew(made: list[str]) -> None:
    _show("run 1", made)
    _show("run 2", made)
    assert made == ["run 1", "run 2"]


def test_a_chart_of_data_without_a_name_is_made_each_time(made: list[str]) -> None:
    _show("", made)
    _show("", made)
    assert made == ["", ""]


def test_a_chart_is_made_in_the_colours_of_each_theme(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for theme in (LIGHT, DARK, LIGHT):
        monkeypatch.setattr(elements, "palette", lambda theme=theme: theme)
        _show("run 1", made)
    assert made == ["run 1", "run 1"]
