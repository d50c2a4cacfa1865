"""Every run in the folder, by experiment: filter, open, compare or tag. The address has the filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from dashboard.components import elements, tag_editor
from dashboard.components.work_list import work_list
from dashboard.data import cached
from dashboard.data.run_filter import (
    LIVE,
    NOT_JUDGED,
    RunFilter,
    filter_of,
    parameters_of,
    unknown_values,
    verdict_of,
)
from dashboard.data.work_list import runs_markdown, work_groups
from dashboard.theme import labels
from harness.record.reader import Broken, Record

KEY, SELECTED = "runs-", "runs-selected"
OF_A_GROUP, OF_ONE_GROUP = 10, 300
COMPARED_AT_MOST, COMPARE = 6, ":material/compare_arrows:"


def page() -> None:
    """The runs that the filter in the address leaves: `?q=`, `?verdict=`, `?scenario=`, `?policy=` and `?tag=`."""
    st.title("Runs", anchor=False)
    records, broken = cached.all_runs()
    if not records and not broken:
        elements.nothing_yet(cached.root())
        return
    wanted = filter_of({key: st.query_params.get_all(key) for key in st.query_params})
    _filters(wanted, records)
    for sentence in unknown_values(wanted, records):
        st.warning(elements.escaped(sentence))
    chosen = wanted.chosen(records)
    if chosen:
        _listed(chosen, len(records))
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(f"None of the {len(records)} runs match this filter.")
            st.button("Clear the filter", icon=":material/filter_alt_off:", on_click=_go, args=(RunFilter(),))
    _broken(broken)


def _filters(wanted: RunFilter, records: Sequence[Record]) -> None:
    """Chips and fields for the filter, each set from the address."""
    text, scenario, policy = st.columns([2, 2, 2])
    st.session_state[KEY + "q"] = wanted.q
    text.text_input("Words", key=KEY + "q", placeholder="a name, a seed, a tag …", on_change=_to_address)
    with scenario:
        _several("Scenario", "scenario", Counter(r.run.scenario.name for r in records), wanted.scenario)
    with policy:
        _several("Policy", "policy", Counter(r.run.policy.name for r in records), wanted.policy)
    verdict, tag = st.columns(2)
    with verdict:
        _chips("Verdict", "verdict", Counter(map(verdict_of, records)), wanted.verdict)
    with tag:
        if (tags := Counter(tag for record in records for tag in record.tags)) or wanted.tag:
            _chips("Tag", "tag", tags, wanted.tag)


def _several(label: str, name: str, counts: Counter[str], chosen: Sequence[str]) -> None:
    st.session_state[KEY + name] = list(chosen)
    st.multiselect(label, _options(counts, chosen), key=KEY + name, placeholder="any", on_change=_to_address)


def _chips(label: str, name: str, counts: Counter[str], chosen: Sequence[str]) -> None:
    st.session_state[KEY + name] = list(chosen)
    st.pills(
        label,
        _options(counts, chosen),
        key=KEY + name,
        selection_mode="multi",
        wrap=True,
        format_func=lambda value: f"{_word(value)} {counts[value]}",
        on_change=_to_address,
    )


def _options(counts: Counter[str], chosen: Sequence[str]) -> list[str]:
    """Known values, and those of the address that no run has, so that they can be taken off."""
    return [*sorted(counts), *(value for value in chosen if value not in counts)]


def _word(value: str) -> str:
    if value in labels.VERDICTS:
        return " ".join(labels.VERDICTS[value])
    return {LIVE: labels.state_label("live"), NOT_JUDGED: labels.verdict_label(None)}.get(value, value)


def _to_address() -> None:
    """Writes what the fields say into the address, in one step, so that one press of "back" undoes it."""
    said: dict[str, Any] = {
        name: tuple(st.session_state.get(KEY + name) or ())
        for name in ("verdict", "scenario", "policy", "tag")
    }
    _go(RunFilter(q=str(st.session_state[KEY + "q"]).strip(), **said))


def _go(wanted: RunFilter) -> None:
    st.query_params.from_dict(parameters_of(wanted))


def _listed(chosen: Sequence[Record], of: int) -> None:
    """The list, and below it what can be done with the selection."""
    experiments = {(r.run.scenario.name, r.run.policy.name) for r in chosen}
    at_most = OF_ONE_GROUP if len(experiments) == 1 else OF_A_GROUP
    here = {record.run.id for record in chosen}
    selected = [run for run in st.session_state.get(SELECTED, ()) if run in here]
    said, now = _how_many(len(chosen), of, len(experiments)), datetime.now(UTC)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{said} A click opens a run.")
        elements.download("List (Markdown)", lambda: runs_markdown(chosen, said, now), "runs.md")
    work_list(work_groups(chosen, now, at_most), selected, _remember)
    with st.container(horizontal=True, vertical_alignment="center", key="runs-actions"):
        _actions(selected)


def _remember(selected: list[str]) -> None:
    st.session_state[SELECTED] = selected


def _how_many(chosen: int, of: int, experiments: int) -> str:
    runs = f"{chosen} of {of} runs" if chosen < of else f"{of} run{'s' * (of != 1)}"
    groups = f"{experiments} group{'s' * (experiments != 1)} of one policy under one scenario"
    return f"{runs} in {groups}."


def _actions(selected: Sequence[str]) -> None:
    if 2 <= len(selected) <= COMPARED_AT_MOST:
        runs = {"runs": list(selected)}
        st.page_link("views/compare.py", label="Compare", icon=COMPARE, query_params=runs)
    else:
        st.button("Compare", icon=COMPARE, disabled=True)
    if selected and not cached.read_only():
        tag_editor.of_several(selected)
    if selected:
        st.button("Clear the selection", icon=":material/close:", on_click=_remember, args=([],))
    st.caption(_hint(len(selected)))


def _hint(selected: int) -> str:
    if not selected:
        return "Select two or more runs to compare them, or any to tag them."
    many = f" At most {COMPARED_AT_MOST} can be compared." if selected > COMPARED_AT_MOST else ""
    return f"{selected} run{'s' * (selected != 1)} selected.{many}"


def _broken(folders: list[Broken]) -> None:
    if not folders:
        return
    with st.expander(f"⚠ {len(folders)} folders can't be opened"):
        for folder in folders:
            st.code(str(folder.error), language=None, wrap_lines=True)


page()
