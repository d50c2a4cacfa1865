"""Rehearse an incident: start it, watch its state live, apply levers, and rank the attempts by the calls lost."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.charts import traffic
from dashboard.charts.attempts import attempts_chart
from dashboard.charts.time import backdrop_of
from dashboard.components import elements, job_status, run_sections
from dashboard.components.address import keep_address, replace_address
from dashboard.components.html_block import show_html
from dashboard.components.lever_panel import lever_panel
from dashboard.components.stop_button import stop_button
from dashboard.components.tiles import show_tiles
from dashboard.components.widgets import file_choice
from dashboard.data import attempts, background_jobs, cached, incident, regressions, rehearsal_frames
from dashboard.data.policy_settings import limits_of
from dashboard.data.run_frames import RunFrames
from harness.analyse.recovery_clock import RecoveryClock, recovery_clock
from harness.incidents.runbook import runbook
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.model.errors import ConfigError, RecordError, SurgelineError
from harness.model.rehearsal import Rehearsal
from harness.record.reader import Record

EARLIER_AT_MOST = 6
LEVERS_PER_ROW = 2
READ_AT_MOST = 50_000
EXAMPLE = "surgeline rehearse retry-storm --policy storm-three-retries --runbook runbook.md"
BOARD = {
    "Place": st.column_config.NumberColumn(width="small"),
    "Levers": st.column_config.TextColumn(width="large"),
    "Recovery": st.column_config.TextColumn(width="medium"),
    "Calls lost": st.column_config.NumberColumn(format="localized"),
    "Peak attempts per call": st.column_config.NumberColumn(format="%.2f"),
    "Applied at, s": st.column_config.NumberColumn(format="%.1f", width="small"),
    "Run": st.column_config.LinkColumn(display_text="open", width="small"),
}


def page() -> None:
    """The rehearsal that `?run=` names or `?started=` is about to begin; else a form, with `?scenario=&policy=`."""
    if "run" in st.query_params:
        _rehearsal(st.query_params["run"])
        return
    st.title("Rehearse", anchor=False)
    if "started" in st.query_params:
        _starting(st.query_params["started"])
        return
    st.markdown(
        "Start an incident, watch it, and apply levers while it runs. The trigger ends by itself; "
        "the question is whether the client recovers, how soon, and which levers help."
    )
    if cached.read_only():
        st.info("This dashboard is read-only. Rehearse on the command line, where it was started:")
        st.code(EXAMPLE, "shell", wrap_lines=True)
    else:
        _form()
    _earlier()


def _form() -> None:
    left, right = st.columns(2)
    with left:
        scenario = file_choice("scenario", _with_a_trigger(), "retry-storm")
    with right:
        policy = file_choice("policy", file_names("policy"), "storm-three-retries")
    keep_address(scenario=scenario, policy=policy)
    try:
        incident = read_scenario(scenario).scenario
        read_policy(policy)
    except ConfigError as problem:
        st.error(elements.escaped(str(problem)))
        return
    if incident.description:
        st.caption(elements.escaped(incident.description))
    trigger = rehearsal_frames.trigger_text(incident)
    if trigger:
        st.markdown(f"Trigger: {elements.escaped(trigger)}.")
    else:
        st.error("This scenario has no fault that ends, so recovery cannot be measured.")
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=not trigger):
        one = background_jobs.start_job(["run", scenario, "--policy", policy], cached.root())
        st.query_params["started"] = one.name
        st.rerun()


@st.cache_data(show_spinner=False)
def _with_a_trigger() -> list[str]:
    """The scenarios that come with surgeline and can be rehearsed."""
    return [name for name in file_names("scenario") if read_scenario(name).scenario.trigger_s is not None]


def _earlier() -> None:
    """Where the newest rehearsals of each incident and policy are found again."""
    records = [r for r in cached.all_runs()[0] if r.run.scenario.trigger_s is not None]
    newest = regressions.latest(records)[:EARLIER_AT_MOST]
    if newest:
        st.subheader("Earlier rehearsals", anchor="before")
    for record in newest:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            outcome = elements.escaped(_outcome_text(record))
            st.markdown(f"**{record.run.policy.name}** under {record.run.scenario.name}{outcome}")
            st.page_link("views/rehearse.py", label="Open", query_params={"run": record.run.id})


def _outcome_text(record: Record) -> str:
    """How a run ended, in words; a large one is not read for that."""
    measured = record.end.measurements if record.end is not None else {}
    if "calls" in measured and measured["calls"].number <= READ_AT_MOST:
        found = cached.cached_rehearsal([record])
        if not isinstance(found, SurgelineError):
            return f": {rehearsal_frames.sentence(found.repetitions[0])}"
    return (
        f": {rehearsal_frames.recovered_text(record, measured['recovery'])}" if "recovery" in measured else ""
    )


@st.fragment(run_every="0.5s")
def _starting(name: str) -> None:
    """Waits for the run of a command that was started here, and goes on to it."""
    one = next((job for job in background_jobs.background_jobs(cached.root()) if job.name == name), None)
    if one is None:
        st.error("No rehearsal was started under this address.")
        return
    runs = job_status.runs_of(one, cached.all_runs()[0])
    if runs:
        replace_address({"run": [runs[0].run.id]})
    st.code(one.command, "shell", wrap_lines=True)
    if one.running:
        st.info("**● Starting** — the upstream and the service's processes are starting.")
    else:
        st.error("**The command ended before anything was recorded.**")
    if one.output_tail:
        st.code("\n".join(one.output_tail[-12:]), language=None)


def _rehearsal(name: str) -> None:
    record = cached.cached_run(name)
    if isinstance(record, RecordError):
        st.title("Rehearse", anchor=False)
        elements.problem(record)
        return
    run_sections.heading(record)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            elements.escaped(
                f"Trigger: {rehearsal_frames.trigger_text(record.run.scenario) or 'none that ends'}"
            )
        )
        st.page_link("views/run.py", label="Everything about this run", query_params={"run": record.run.id})
        st.page_link("views/rehearse.py", label="Rehearse again", query_params=_again(record))
    if record.run.scenario.trigger_s is None:
        st.warning("This run has no trigger that ends, so recovery cannot be measured.")
    elif cached.may_still_end(record):
        _live_rehearsal(record)
    elif record.end is None or record.end.state != "complete":
        run_sections.verdict(record)
        run_sections.outcome(record)
        st.caption("A run that did not complete has no score.")
    else:
        _score(record)


def _again(record: Record) -> dict[str, str]:
    wanted = {"scenario": record.run.scenario.name, "policy": record.run.policy.name}
    return {kind: name for kind, name in wanted.items() if name in file_names(kind)}


def _live_rehearsal(record: Record) -> None:
    """The state across the page, then the charts with the levers beside them."""
    with_levers = record.state == "live" and not cached.read_only()
    state = st.container()
    watching, beside = st.columns([3, 2], gap="medium") if with_levers else (st.container(), None)
    if beside is not None:
        with beside:
            st.subheader("Levers", anchor=False)
            lever_panel(record, LEVERS_PER_ROW)
            stop_button(record)
    pace_s = cached.pace_s(record)
    with state:
        st.fragment(_watch_state, run_every=1.0)(record.run.id)
    with watching:
        st.fragment(_watch, run_every=pace_s)(record.run.id)


def _watch_state(run_id: str) -> None:
    """The state in large letters, apart from the charts so that it does not wait for them."""
    record = cached.cached_run(run_id)
    if isinstance(record, RecordError) or record.end is not None:
        return
    seconds, live = cached.live_seconds(record)
    clock = _clock(record, seconds, 1.0)
    state, reason = incident.state_of(clock, known=live.second_s is not None)
    show_html("incident_state.html.j2", state=state, reason=reason, kinds=incident.KINDS)
    show_tiles(rehearsal_frames.tiles(clock))


def _watch(run_id: str) -> None:
    """The charts, read again and again; the whole page comes anew when the run ends."""
    record = cached.cached_run(run_id)
    if isinstance(record, RecordError) or not cached.may_still_end(record):
        st.rerun()
        return
    seen = cached.cached_frames(record)
    run_sections.show_progress(record, seen)
    _charts(record, seen)


def _clock(record: Record, seconds: pd.DataFrame, bin_s: float) -> RecoveryClock:
    """The clock as far as the run is known; seconds after the last arrival don't count."""
    scenario = record.run.scenario
    known_s = scenario.duration_s
    if record.end is None:
        known_s = float(seconds["at_s"].max()) + bin_s if len(seconds) else 0.0
    trigger_s = scenario.trigger_s or (0.0, 0.0)
    now_s = min(known_s, scenario.duration_s)
    return recovery_clock(seconds, bin_s, trigger_s, scenario.slo.p99_limit_s, now_s)


def _charts(record: Record, seen: RunFrames) -> None:
    slo, behind = record.run.scenario.slo, backdrop_of(seen, elements.palette())
    with st.container():
        if seen.calls:
            elements.show_chart_of(
                seen.source,
                lambda: traffic.traffic(
                    seen.seconds, behind, limits_of(slo, "latency"), limits_of(slo, "error")
                ),
                "traffic",
                "Calls per second, share of calls that failed, and latency over time",
            )
    with st.container():
        if seen.calls:
            run_sections.show_guards(seen, behind)
    with st.container():
        run_sections.levers(seen)


def _score(record: Record) -> None:
    """The state at the end and the score, all attempts at the incident over each other, and the runbook."""
    others = rehearsal_frames.repetitions_of(record, cached.all_runs()[0])
    found = cached.cached_rehearsal(others)
    mine = (
        None
        if isinstance(found, SurgelineError)
        else next((r for r in found.repetitions if r.run == record.run.id), None)
    )
    if isinstance(found, SurgelineError) or mine is None:
        st.warning("This run ended too early to measure whether the client recovers.")
        return
    seen = cached.cached_frames(record)
    stopped = _clock(record, seen.seconds, seen.bin_s)
    state, reason = incident.end_state_of(mine, stopped)
    show_html("incident_state.html.j2", state=state, reason=reason, kinds=incident.KINDS)
    show_tiles(rehearsal_frames.score(mine, stopped))
    _attempts(record, found, others)
    with st.expander("This attempt over time", expanded=True):
        _charts(record, seen)
    _runbook(runbook(found))


def _attempts(record: Record, found: Rehearsal, others: Sequence[Record]) -> None:
    """All attempts at this incident in one chart, ranked by the calls that each set of levers lost."""
    st.subheader("Attempts at this incident", anchor="attempts")
    ranked = attempts.ranked_attempts(found)
    st.markdown(elements.escaped(attempts.attempts_sentence(ranked)))
    frames = {r.run.id: cached.cached_frames(r) for r in others}
    over_time = attempts.attempts_over_time(ranked, {run: each.seconds for run, each in frames.items()})
    behind = backdrop_of(frames[record.run.id], elements.palette())
    elements.show_chart([attempts_chart(over_time, behind)], "attempts", "Calls that ended well, by attempt")
    elements.show_table(elements.escaped_cells(attempts.attempt_table(ranked)))
    with st.expander("Each attempt by itself"):
        board = rehearsal_frames.repetition_table(found)
        board["Run"] = [f"/rehearse?run={run}" for run in board["Run"]]
        st.dataframe(board, hide_index=True, column_config=BOARD, placeholder="–")
        st.caption(f"Runs with the same arrivals, faults and policy, seed {record.run.seed}: {len(board)}.")


def _runbook(text: str) -> None:
    st.subheader("Runbook", anchor="runbook")
    elements.download("Runbook (Markdown)", text, "runbook.md")
    st.code(text, "markdown", wrap_lines=True)


page()
