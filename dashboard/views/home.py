"""Live runs, regressions, and each policy's latest verdict, operating range and recovery."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboard.charts.trend import trend_chart
from dashboard.components import decision_sentence, elements, matrix_table
from dashboard.data import cached, range_frames, regressions, rehearsal_frames
from dashboard.data.background_jobs import start_job
from dashboard.data.cell_trend import cell_trend
from dashboard.data.decision_matrix import decision_matrix
from dashboard.data.kept_results import all_results
from dashboard.theme import labels
from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.range import OperatingRange
from harness.record.reader import Record
from harness.record.result_store import RANGES

DEMO = [
    "compare",
    "dependency-slowdown",
    "--policy",
    "stateless",
    "--policy",
    "textbook",
    "--policy",
    "careful",
]
RANGES_AT_MOST = 6


def page() -> None:
    """The first page."""
    st.title("Results of your client policies", anchor=False)
    records, _ = cached.all_runs()
    found, _ = all_results(RANGES, cached.root())
    _running()
    decision = st.container()
    alone = regressions.without_levers(records)
    if records:
        _matrix(alone)
        _regressions(alone)
    elif not found:
        elements.nothing_yet(cached.root())
    _ranges(found)
    _rehearsals(records)
    _demo(primary=not records)
    with decision:
        _decision(alone)


def _decision(records: list[Record]) -> None:
    """What to ship, from the newest comparison; it is drawn last, because it reads calls."""
    chosen = regressions.newest_comparison(records)
    if not chosen:
        return
    comparison = cached.cached_comparison(chosen)
    if isinstance(comparison, str):
        return
    decision_sentence.show(comparison, chosen)
    ids = [record.run.id for record in chosen]
    label = f"Newest comparison, under {chosen[0].run.scenario.name}"
    st.page_link("views/compare.py", label=label, query_params={"runs": ids})


def _matrix(records: list[Record]) -> None:
    """Scenarios against policies, and the trend of the chosen cell."""
    found = decision_matrix(regressions.latest(records))
    st.subheader("Scenarios and policies", anchor="matrix")
    if not found:
        st.caption("No run has been judged yet.")
        return
    scenarios = dict.fromkeys(name for cells in found.values() for name in cells)
    newest = {
        name: regressions.newest_comparison([r for r in records if r.run.scenario.name == name])
        for name in scenarios
    }
    comparisons = {name: [r.run.id for r in runs] for name, runs in newest.items() if runs}
    matrix_table.show(found, comparisons)
    st.caption(
        "The latest verdict of each policy under each scenario, and its worst measurement as a multiple of the limit. "
        "A run in which a lever was requested counts only where there is no other."
    )
    _trend(records, [(policy, name) for policy, cells in found.items() for name in cells])


def _trend(records: list[Record], cells: list[tuple[str, str]]) -> None:
    """The chosen cell: its newest run, and its worst measurement over the runs. The choice is in the address."""
    asked = st.query_params.get("policy", ""), st.query_params.get("scenario", "")
    st.subheader("Trend", anchor="trend")
    chosen = st.selectbox(
        "Trend of",
        cells,
        cells.index(asked) if asked in cells else 0,
        format_func=" under ".join,
        label_visibility="collapsed",
    )
    st.query_params["policy"], st.query_params["scenario"] = chosen
    trend = cell_trend(records, *chosen)
    if trend is None:
        return
    _card(trend.newest)
    if trend.margin is not None and len(trend.frame) > 1:
        panel = trend_chart(trend.frame, trend.margin, elements.palette())
        elements.show_chart([panel], "trend", f"{chosen[0]} under {chosen[1]}, run by run, with the limit")
    elif trend.margin is not None:
        st.caption(
            "A trend needs two or more complete runs under the same settings of the scenario; seeds may differ."
        )
    if trend.other_settings:
        st.caption(f"Not in the trend: {trend.other_settings} runs under other settings of the scenario.")


@st.fragment(run_every="2s")
def _running() -> None:
    """What is running at this moment, read again every two seconds."""
    for record in cached.all_runs()[0]:
        if record.state != "live":
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            age_s = (datetime.now(UTC) - record.run.started_at).total_seconds()
            planned_s = record.run.scenario.duration_s
            title = f"● Live: {record.run.policy.name} under {record.run.scenario.name}"
            st.progress(
                min(1.0, age_s / planned_s), f"{title}, {min(age_s, planned_s):.0f} of {planned_s:.0f} s"
            )
            st.page_link("views/run.py", label="Watch", query_params={"run": record.run.id})
    for found in all_results(RANGES, cached.root())[0]:
        if RANGES.is_live(found, cached.root()):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                spec, progress = found.spec, elements.escaped(range_frames.search_progress(found))
                st.markdown(f"● Searching: {spec.policy.name} under {spec.scenario.name}. {progress}")
                st.page_link("views/range.py", label="Watch", query_params={"ranges": found.id})


def _demo(*, primary: bool) -> None:
    if cached.read_only():
        return
    line = "surgeline " + " ".join(DEMO)
    if st.button(
        "Run the demo", icon=":material/play_arrow:", type="primary" if primary else "secondary", help=line
    ):
        start_job(DEMO, cached.root())
        st.switch_page("views/new_run.py")


def _regressions(records: list[Record]) -> None:
    changes = regressions.regressions(records)
    st.subheader("Regressions", anchor="worse")
    if not changes:
        st.caption("No regression: no policy's latest run is shown to be worse than the one before it.")
        return
    for change in changes:
        run = change.latest.run
        with st.container(border=True, gap="small"):
            st.markdown(
                f"**{run.policy.name}** under {run.scenario.name}: {elements.escaped('; '.join(change.worse))}"
            )
            ids = [change.before.run.id, run.id]
            st.page_link("views/compare.py", label="Compare both runs", query_params={"runs": ids})


def _ranges(found: list[OperatingRange]) -> None:
    """The newest range of each policy: its answer, and how sure that is."""
    searched = regressions.searched(found)[:RANGES_AT_MOST]
    if searched:
        st.subheader("Safe operating ranges", anchor="ranges")
    for each in searched:
        with st.container(border=True, gap="small"):
            answer = elements.escaped(f"{each.answer.removesuffix('.')}. {range_frames.limit_text(each)}")
            st.markdown(f"**{each.spec.policy.name}** under {each.spec.scenario.name}: {answer}")
            st.page_link("views/range.py", label="See the range", query_params={"ranges": each.id})


def _rehearsals(records: list[Record]) -> None:
    """Whether the newest run of each incident came back."""
    rehearsed = regressions.rehearsed(records)[:RANGES_AT_MOST]
    if rehearsed:
        st.subheader("Incident recovery", anchor="rehearsals")
    for record in rehearsed:
        if record.end is None:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            recovery = elements.escaped(
                rehearsal_frames.recovered_text(record, record.end.measurements["recovery"])
            )
            st.markdown(f"**{record.run.policy.name}** under {record.run.scenario.name}: {recovery}")
            st.page_link("views/rehearse.py", label="See the rehearsal", query_params={"run": record.run.id})


def _card(record: Record) -> None:
    end, run = record.end, record.run
    if end is None:
        return
    st.markdown(
        f"{elements.verdict_in_colour(end.verdict)}: **{run.policy.name}** under {run.scenario.name}, newest run"
    )
    numbers = labels.key_measurements(end, ("latency.p99", "error_ratio", "amplification"))[:3]
    lines = [
        f"{labels.title(m.name)} {labels.value_label(m)} ({labels.interval(m)}, n = {m.n:,})" for m in numbers
    ]
    lines += unseen_sentences(end.verdict)
    st.caption("  \n".join(elements.escaped(line) for line in lines))
    when = labels.ago(run.started_at, datetime.now(UTC))
    st.page_link("views/run.py", label=f"Open, {when}", query_params={"run": run.id})


page()
