"""Capacity: the rate that each policy holds and its first limit, then bands, trials and suggested changes."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from dashboard.charts import load_line
from dashboard.components import elements, job_status, suggested_changes
from dashboard.components.address import keep_address
from dashboard.components.widgets import HELP, file_choice
from dashboard.data import cached, range_frames
from dashboard.data.background_jobs import start_job
from dashboard.data.capacity import by_capacity, capacity_markdown, capacity_sentence, tone
from dashboard.data.kept_results import all_results, result_called
from dashboard.theme import labels
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError, RecordError
from harness.model.formatting import format_value
from harness.model.range import OperatingRange
from harness.record.reader import Broken
from harness.record.result_store import RANGES

LOOK_EVERY_S = 2.0
RANGES_AT_MOST = 6
EXAMPLE = "surgeline range baseline --policy careful --policy textbook"
BOXES = {"good": st.success, "doubtful": st.warning, "bad": st.error}
MARKS = {"good": "✓", "doubtful": "!", "bad": "✗"}
LISTED = {
    "Rate, /s": st.column_config.NumberColumn(format="%.1f"),
    "n": st.column_config.NumberColumn(format="localized"),
    "Load, s": st.column_config.NumberColumn(format="%.0f"),
    "Run": st.column_config.LinkColumn(display_text="open", width="small"),
    "Measured": st.column_config.TextColumn(width="medium"),
    "Note": st.column_config.TextColumn(width="medium"),
}


def page() -> None:
    """The ranges that `?ranges=…&ranges=…` names, else the newest of each policy under the newest's scenario."""
    st.title("Capacity", anchor=False)
    found, broken = all_results(RANGES, cached.root())
    asked = [result_called(RANGES, cached.root(), name) for name in _requested()]
    problems = [each for each in asked if isinstance(each, RecordError)]
    for why in problems:
        elements.problem(why, "range")
    if not found:
        if not problems:
            _nothing_yet()
        _broken(broken)
        _search(expanded=True)
        return
    chosen = _chosen(found)
    live = any(RANGES.is_live(each, cached.root()) for each in chosen)
    if chosen:
        st.fragment(_selected, run_every=LOOK_EVERY_S if live else None)(
            [each.id for each in chosen], live=live
        )
    _broken(broken)
    _search(expanded=False)


def _nothing_yet() -> None:
    st.info(
        "**No range has been searched here yet.** One command finds the rates at which policies meet their SLO; "
        "it takes some minutes for each:"
    )
    st.code(EXAMPLE, "shell", wrap_lines=True)


def _search(*, expanded: bool) -> None:
    """A form that starts a search, with the message of the command line where it can't be started."""
    if cached.read_only():
        return
    with st.expander("Search a range", expanded=expanded, icon=":material/speed:"):
        left, right = st.columns(2)
        with left:
            scenario = file_choice("scenario", file_names("scenario"), "baseline")
            keep_address(scenario=scenario)
        with right:
            names = file_names("policy")
            policies = st.multiselect("Policies", names, ["careful"], accept_new_options=True, help=HELP)
        problem = _problem(scenario, policies)
        if problem is not None:
            st.error(elements.escaped(problem))
        if st.button("Search", type="primary", icon=":material/play_arrow:", disabled=problem is not None):
            start_job(
                ["range", scenario, *(word for p in policies for word in ("--policy", p))], cached.root()
            )
            st.rerun()
        job_status.show_job("range")


def _problem(scenario: str, policies: Sequence[str]) -> str | None:
    try:
        read_scenario(scenario)
        for policy in policies:
            read_policy(policy)
    except ConfigError as problem:
        return str(problem)
    return None if policies else "Choose one or more policies."


def _chosen(found: list[OperatingRange]) -> list[OperatingRange]:
    by_id = {each.id: each for each in found}
    requested = _requested()
    default = [name for name in requested if name in by_id] if requested else _newest(found)
    picked = st.multiselect(
        "Ranges",
        list(by_id),
        default=default[:RANGES_AT_MOST],
        format_func=lambda name: _label(by_id[name]),
        max_selections=RANGES_AT_MOST,
        placeholder="choose a range",
        label_visibility="collapsed",
    )
    if picked or not requested:
        st.query_params["ranges"] = picked
    return [by_id[name] for name in picked]


def _requested() -> list[str]:
    return st.query_params.get_all("ranges")


def _newest(found: list[OperatingRange]) -> list[str]:
    scenario = found[0].spec.scenario.name
    fitting = [each for each in found if each.spec.scenario.name == scenario]
    return list({each.spec.policy.name: each.id for each in reversed(fitting)}.values())


def _label(found: OperatingRange) -> str:
    spec = found.spec
    return f"{found.started_at:%d %b %H:%M:%S} · {spec.scenario.name} · {spec.policy.name}"


def _selected(names: list[str], *, live: bool) -> None:
    """The ranges as far as they are known; read again while one is searched, whole once it is over."""
    asked = [result_called(RANGES, cached.root(), name) for name in names]
    ranges = [each for each in asked if isinstance(each, OperatingRange)]
    if live and not any(RANGES.is_live(each, cached.root()) for each in ranges):
        st.rerun()
    until = range_frames.until_per_s(ranges)
    _headlines(ranges)
    _overview(ranges, until)
    for found in ranges:
        with st.container(border=len(ranges) > 1):
            _one(found, until)


def _headlines(ranges: Sequence[OperatingRange]) -> None:
    """Which rate each policy holds, the highest first; or how far its search is."""
    ended = [found for found in by_capacity(ranges) if found.state == "complete"]
    for found in ended:
        mark = tone(found)
        BOXES[mark](f"**{MARKS[mark]} {elements.escaped(capacity_sentence(found))}**")
    for found in ranges:
        if found.state != "complete" and RANGES.is_live(found, cached.root()):
            progress = elements.escaped(range_frames.search_progress(found))
            st.info(f"**● Searching {elements.escaped(found.spec.policy.name)}** — {progress}")
    if ended:
        elements.download("Capacity (Markdown)", capacity_markdown(ended), "capacity.md")


def _overview(ranges: Sequence[OperatingRange], until: float) -> None:
    frames = [
        range_frames.bands(found, until).assign(policy=label)
        for found, label in zip(ranges, _labels(ranges), strict=True)
    ]
    bands = pd.concat(frames)
    if bands.empty:
        return
    peaks = dict(item for found in ranges for item in _peak(found).items())
    elements.show_chart_of(
        _source(ranges, until),
        lambda: [load_line.overview(bands, peaks, until, elements.palette())],
        "overview",
        "Bands along the arrival rate, one line per policy",
    )
    st.caption(
        "Thick: stable; the policy meets its SLO and recovers after a trigger. Middle: it meets its SLO, but does not "
        "recover after a trigger, or was not tested with one. "
        "Thin: overloaded. The boundary is in the gap, with 95% confidence. A band begins at the lowest rate tried."
    )


def _labels(ranges: Sequence[OperatingRange]) -> list[str]:
    policies = [found.spec.policy.name for found in ranges]
    if len(set(policies)) == len(policies):
        return policies
    return [f"{found.spec.policy.name} · {found.started_at:%d %b %H:%M:%S}" for found in ranges]


def _peak(found: OperatingRange) -> dict[str, float]:
    peak = found.spec.scenario.expected_peak_per_s
    return {f"expected peak {format_value(peak, '1/s')}": peak} if peak else {}


def _one(found: OperatingRange, until: float) -> None:
    spec, state = found.spec, _state(found)
    st.subheader(f"{spec.policy.name} under {spec.scenario.name}", anchor=found.id)
    facts = [
        state,
        f"{found.started_at:%d %b %Y, %H:%M:%S %Z}",
        f"seed {spec.scenario.seed}",
        range_frames.cost(found),
    ]
    st.caption(" · ".join(facts))
    _answer(found)
    trials = range_frames.trials(found)
    if len(trials):
        _evidence(found, trials, until)
    if found.headroom:
        st.markdown("**Headroom at the limit**")
        elements.show_table(elements.escaped_cells(range_frames.headroom_table(found)))
    if found.trials and found.state == "complete":
        suggested_changes.show_suggestions(found)
    with st.expander("Every trial, and the command"):
        rows = range_frames.range_table(found)
        rows["Run"] = [f"/run?range={found.id}&run={run}" if run else None for run in rows["Run"]]
        st.dataframe(rows, hide_index=True, column_config=LISTED, key=f"trials-{found.id}", placeholder="–")
        st.code(found.command, "shell", wrap_lines=True)


def _state(found: OperatingRange) -> str:
    if found.state == "live":
        return "● Searching" if RANGES.is_live(found, cached.root()) else labels.state_label("interrupted")
    return labels.state_label(found.state)


def _answer(found: OperatingRange) -> None:
    """The conclusion of the search, or what broke so far, or how to go on."""
    if found.state == "complete":
        st.markdown("  \n".join(elements.escaped(text) for text in range_frames.conclusion(found)))
    elif RANGES.is_live(found, cached.root()):
        if found.first_breach:
            st.caption(elements.escaped(f"First breach so far: {found.first_breach}"))
    else:
        st.warning(
            f"**◐ Interrupted** — after {len(found.trials)} trials, the search stopped. "
            "Its results so far are below. This command continues it:"
        )
        arguments = ["range", "--resume", found.id]
        st.code(f"surgeline {' '.join(arguments)}", "shell", wrap_lines=True)
        if not cached.read_only() and st.button(
            "Continue", key=f"resume-{found.id}", icon=":material/play_arrow:"
        ):
            start_job(arguments, cached.root())
            st.rerun()


def _evidence(found: OperatingRange, trials: pd.DataFrame, until: float) -> None:
    key, source = found.id, _source([found], until)
    elements.show_chart_of(
        source,
        lambda: _line(found, trials, until),
        f"line-{key}",
        "Trials along the arrival rate, over the bands that they show",
    )
    if outside := range_frames.outside(found, until):
        st.caption(outside)
    steps = range_frames.bracket_by_trial(found)
    if steps.empty:
        return
    title = "Estimated boundary after each trial"
    with st.expander(title) if found.state == "complete" else st.container():
        elements.show_chart_of(
            source,
            lambda: [load_line.bracket_chart(steps, until, elements.palette())],
            f"closing-{key}",
            title,
        )


def _line(found: OperatingRange, trials: pd.DataFrame, until: float) -> list[alt.LayerChart]:
    palette, bands = elements.palette(), range_frames.bands(found, until)
    panels = [load_line.load_line(trials, bands, _peak(found), until, palette)]
    triggers = range_frames.triggers(found)
    return panels + ([load_line.trigger_lane(triggers, until, palette)] if len(triggers) else [])


def _source(ranges: Sequence[OperatingRange], until: float) -> str:
    """A name of what charts of these ranges are made of; "" while one is searched."""
    complete = all(found.state == "complete" for found in ranges)
    return f"{until} {[found.model_dump_json() for found in ranges]}" if complete else ""


def _broken(folders: list[Broken]) -> None:
    if folders:
        with st.expander(f"⚠ {len(folders)} ranges can't be read"):
            for folder in folders:
                st.code(str(folder.error), language=None, wrap_lines=True)


page()
