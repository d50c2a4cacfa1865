"""Every run in the folder: filter, select, open, compare or tag."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import elements, tag_editor
from dashboard.data import cached
from dashboard.data.run_table import chosen_runs, run_table
from harness.record.reader import Broken

NUMBERS = {
    "p99, ms": st.column_config.NumberColumn(
        format="%.0f",
        help="Latency p99 from the scheduled start; Infinity means not reached: more than 1% of the calls failed",
    ),
    "Failed, %": st.column_config.NumberColumn(format="%.2f", help="Share of calls that failed"),
    "Attempts per call": st.column_config.NumberColumn(
        format="%.2f", help="1 means that no call was retried"
    ),
    "Goodput, /s": st.column_config.NumberColumn(format="%.0f", help="Successful calls per second"),
    "Calls": st.column_config.NumberColumn(format="localized"),
    "Started": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm:ss"),
    "Tags": st.column_config.ListColumn(help="The tags of the run; select runs to change their tags"),
    "Run": st.column_config.TextColumn(width="medium"),
}


def page() -> None:
    """The table of runs; `?q=`, `?verdict=`, `?scenario=` and `?tag=` keep the filter."""
    st.title("Runs", anchor=False)
    records, broken = cached.all_runs()
    if not records and not broken:
        elements.nothing_yet(cached.root())
        return
    table = run_table(records)
    rows = _filtered(table)
    if rows.empty:
        st.info(f"None of the {len(table)} runs match this filter. Clear the filter to see all runs.")
    else:
        _select(rows)
    _broken(broken)


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    text_, verdicts_, scenarios_, tags_ = st.columns([3, 2, 2, 2])
    text = text_.text_input("Filter", st.query_params.get("q", ""), placeholder="policy, scenario, state …")
    _keep_in_address("q", [text] if text else [])
    with verdicts_:
        verdicts = _choice_of(table["Verdict"], "verdict")
    with scenarios_:
        scenarios = _choice_of(table["Scenario"], "scenario")
    with tags_:
        tags = _choice_of(table["Tags"].explode().dropna(), "tag")
    return chosen_runs(table, text, verdicts, scenarios, tags)


def _choice_of(column: pd.Series[str], key: str) -> list[str]:
    options = sorted(column.unique())
    requested = [value for value in st.query_params.get_all(key) if value in options]
    picked = st.multiselect(key.capitalize(), options, requested, placeholder="any")
    _keep_in_address(key, picked)
    return picked


def _keep_in_address(key: str, values: list[str]) -> None:
    """Keeps a filter in the address."""
    if values:
        st.query_params[key] = values
    else:
        st.query_params.pop(key, None)


def _select(rows: pd.DataFrame) -> None:
    actions = st.container(horizontal=True, vertical_alignment="center")
    event = st.dataframe(
        rows,
        hide_index=True,
        column_config=NUMBERS,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs",
        placeholder="–",
        height=min(35 * (len(rows) + 1) + 2, 640),
    )
    ids = [str(rows["Run"].iloc[i]) for i in event["selection"]["rows"]]
    with actions:
        if st.button("Open", icon=":material/timeline:", disabled=len(ids) != 1):
            st.switch_page("views/run.py", query_params={"run": ids[0]})
        if st.button("Compare", icon=":material/compare_arrows:", disabled=len(ids) < 2, type="primary"):
            st.switch_page("views/compare.py", query_params={"runs": ids})
        if ids and not cached.read_only():
            tag_editor.of_several(ids)
        st.caption(_hint(len(ids), len(rows)))


def _hint(selected: int, rows: int) -> str:
    if not selected:
        return f"{rows} run{'s' * (rows != 1)}. Tick one to open or tag it, two or more to compare them."
    return f"{selected} of {rows} selected."


def _broken(folders: list[Broken]) -> None:
    if not folders:
        return
    with st.expander(f"⚠ {len(folders)} folders can't be opened"):
        for folder in folders:
            st.code(str(folder.error), language=None, wrap_lines=True)


page()
