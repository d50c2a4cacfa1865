"""Pieces of pages that several pages show. Text from a record is escaped, never rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st
from altair.typing import ChartType

from dashboard.data.margin_table import margin_table
from dashboard.data.policy_settings import setting_text
from dashboard.theme import labels
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.model.errors import DamagedError, NewerSchemaError, PrometheusError, SurgelineError
from harness.model.verdict import Margin, Verdict

_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)")
_WORD_JOINER = "\u2060"  # it is invisible, and without it Markdown makes a link of an address, escaped or not
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$:<>&])")
_COLOURS = {"pass": "green", "fail": "red", "inconclusive": "gray"}
_BOXES = {"pass": st.success, "fail": st.error, "inconclusive": st.warning}


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no link, image, HTML, colour or formula comes out of a record."""
    return _MARKDOWN.sub(r"\\\1", _ADDRESS.sub(_WORD_JOINER, " ".join(text.split())))


def palette() -> Palette:
    """The palette of the theme that the reader chose."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def show_chart(panels: Sequence[ChartType], key: str, description: str) -> None:
    """Draws panels under each other, as wide as the page, with a description for those who can't see them.

    A description that changes makes the browser draw the chart anew, which flickers while a run is live.
    """
    with st.container(gap=None):
        _draw(panels, palette(), key, description)


def show_chart_of(source: str, make: Callable[[], Sequence[ChartType]], key: str, description: str) -> None:
    """Draws the panels that `make` gives as `show_chart` does, and keeps them for the next visit.

    `source` names all that the panels are made of but the theme; panels of one that is "" are not kept.
    """
    if source:
        with st.container(gap=None):
            _draw_once(source, palette(), key, description, make)
    else:
        show_chart(make(), key, description)


@st.cache_data(show_spinner=False, max_entries=400, hash_funcs={Palette: lambda found: found.ground})
def _draw_once(
    source: str,  # noqa: ARG001
    theme: Palette,
    key: str,
    description: str,
    _make: Callable[[], Sequence[ChartType]],
) -> None:
    """Streamlit sends the same elements again when it is called with the same arguments."""
    _draw(_make(), theme, key, description)


def _draw(panels: Sequence[ChartType], theme: Palette, key: str, description: str) -> None:
    for i, panel in enumerate(panels):
        st.altair_chart(styled(panel, theme), width="stretch", theme=None, key=f"{key}-{i}", alt=description)


def verdict_banner(verdict: Verdict) -> None:
    """The verdict in words, first thing on a page."""
    sentence = labels.verdict_sentence(verdict)
    lines = [f"**{labels.verdict_label(verdict)}** — {escaped(sentence)}"]
    lines += [f"- {escaped(reason)}" for reason in verdict.reasons if reason != sentence]
    _BOXES[verdict.kind]("\n".join([lines[0], "", *lines[1:]]))


def verdict_in_colour(verdict: Verdict) -> str:
    """The verdict's symbol and word in Markdown, coloured."""
    return f":{_COLOURS[verdict.kind]}[{labels.verdict_label(verdict)}]"


def margins(found: Sequence[Margin]) -> None:
    """What each threshold required and what was measured."""
    show_table(escaped_cells(margin_table(found)))


def show_table(frame: pd.DataFrame) -> None:
    """A small table to read, not to sort. Cells are Markdown, so they must have been escaped."""
    st.table(frame, border="horizontal", hide_index=True)


def problem(why: SurgelineError, what: str = "run") -> None:
    """A page in place of a run (or another `what`) that can't be shown: why, and what to do."""
    shown = "Prometheus" if isinstance(why, PrometheusError) else f"This {what}"
    verb = "can't be read" if isinstance(why, PrometheusError) else "can't be shown"
    st.error(f"**{shown} {verb}.**", icon=":material/error:")
    st.code(str(why), language=None, wrap_lines=True)
    if isinstance(why, NewerSchemaError):
        st.markdown(f"Install the newest surgeline, then open the {what} again:")
        st.code("pip install --upgrade surgeline", language="shell")
    elif isinstance(why, PrometheusError):
        st.markdown(
            "Start Prometheus, or correct its address in `SURGELINE_PROMETHEUS_URL`. Runs are recorded without it."
        )
    elif isinstance(why, DamagedError):
        st.markdown(
            "The folder is left as it is. If another copy exists, put it back; "
            "otherwise move the folder out of the runs folder."
        )
    else:
        st.markdown(
            f"The link may be old, or the {what} may have been deleted or lie in another runs folder."
        )


def settings(found: Mapping[str, object]) -> None:
    """Settings and their values as a table."""
    rows = [{"Setting": escaped(key), "Value": escaped(setting_text(value))} for key, value in found.items()]
    show_table(pd.DataFrame(rows, columns=["Setting", "Value"]))


def download(
    label: str, contents: str | Callable[[], str | bytes], file: str, mime: str = "text/markdown"
) -> None:
    """A button that hands out a file; contents that take time are made when somebody asks for them."""
    st.download_button(label, contents, file, mime, on_click="ignore", icon=":material/download:")


def escaped_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of texts, escaped with its headings."""
    return frame.map(lambda cell: escaped(str(cell))).rename(columns=escaped)


def nothing_yet(root: Path) -> None:
    """What to do when there is no run."""
    st.info("**No run has been recorded here yet.** One command makes the first three and compares them:")
    st.code(
        "surgeline compare dependency-slowdown --policy stateless --policy textbook --policy careful", "shell"
    )
    st.caption("This page looks for runs in")
    st.code(str(root.resolve()), language=None)
