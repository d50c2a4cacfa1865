"""The sections of one run's page."""

from __future__ import annotations

import streamlit as st

from dashboard.charts import anatomy, guards, heat, pool, retries, traffic, upstream
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.components import elements
from dashboard.data.policy_settings import flat_settings, limits_of
from dashboard.data.pulled_levers import lever_table
from dashboard.data.run_frames import RunFrames
from dashboard.theme import labels
from harness.analyse.verdict.phrasing import latency_note
from harness.model.run import End
from harness.model.slo import Slo
from harness.record.reader import Record

HEADLINES = ("latency.p99", "error_ratio", "goodput", "amplification", "pool_wait.p99")


def heading(record: Record) -> None:
    """What ran, when and in which state."""
    run = record.run
    st.title(f"{run.policy.name} under {run.scenario.name}", anchor=False)
    facts = [
        labels.state_label(record.state),
        f"{run.started_at:%d %b %Y, %H:%M:%S %Z}",
        f"seed {run.seed}",
        f"{run.scenario.duration_s:g} s of arrivals",
        f"{run.scenario.service.threads} threads",
    ]
    st.caption(" · ".join(facts))


def outcome(record: Record) -> None:
    """How it ended: the verdict with its margins and key numbers, or why there is none."""
    end = record.end
    if end is None:
        st.warning(
            "**◐ Interrupted** — the run was stopped before its end, so it was not judged. "
            "Everything up to its last second is below."
        )
        return
    if end.state == "interrupted":
        st.warning(f"**◐ Interrupted** — {elements.escaped(end.reason) or 'the run was stopped early'}")
    elements.verdict_banner(end.verdict)
    show_key_measurements(end)
    if note := latency_note(record.run.scenario.slo, labels.key_measurements(end, HEADLINES)):
        st.caption(elements.escaped(note))
    if end.verdict.margins:
        elements.margins(end.verdict.margins)


def show_key_measurements(end: End) -> None:
    """The numbers a reader asks for first, each with its interval and n."""
    found = labels.key_measurements(end, HEADLINES)
    if not found:
        return
    for column, m in zip(st.columns(len(found)), found, strict=True):
        with column.container(border=True, gap=None, height="stretch"):
            st.metric(labels.title(m.name), labels.value_label(m))
            st.caption(f"{labels.interval(m)}  \nn = {m.n:,}")


def show_progress(record: Record, seen: RunFrames) -> None:
    """How far a live run is."""
    last_s = float(seen.seconds["at_s"].max()) if len(seen.seconds) else 0.0
    planned_s = record.run.scenario.duration_s
    if record.state == "live":
        st.info(f"**● Live** — {seen.calls:,} calls have ended so far. The verdict comes at the end.")
    else:
        st.info("**◐ No new data** — no new data for some seconds: the run is being judged, or was killed.")
    st.progress(min(1.0, last_s / planned_s), f"{last_s:.0f} of {planned_s:.0f} s")


def charts(seen: RunFrames, record: Record) -> None:
    """Traffic, levers, anatomy, pool, guards, retries and the upstream, over the same seconds.

    Each section is a container of its own: one that grows while a run is live must not push the others along.
    """
    if not seen.calls:
        st.info("No call has ended yet.")
        return
    slo, behind = record.run.scenario.slo, backdrop_of(seen, elements.palette())
    with st.container():
        _traffic(seen, behind, slo)
    with st.container():
        levers(seen)
    with st.container():
        st.subheader("Where the time of a call was spent", anchor="anatomy")
        st.caption(anatomy.anatomy_sentence(seen.parts))
        elements.show_chart([anatomy.anatomy(seen.parts, behind)], "anatomy", "Mean seconds per call by part")
    with st.container():
        _pool(seen, behind)
    with st.container():
        show_guards(seen, behind)
    with st.container():
        _retries(seen, behind, limits_of(slo, "amplification"))
    with st.container():
        _upstream(seen, behind, record.run.upstream.capacity.workers)


def _traffic(seen: RunFrames, behind: Backdrop, slo: Slo) -> None:
    st.subheader("Traffic, errors and latency", anchor="traffic")
    if seen.standing:
        st.caption(elements.escaped(f"Active during the whole run: {', '.join(seen.standing)}."))
    elements.show_chart(
        traffic.traffic(seen.seconds, behind, limits_of(slo, "latency"), limits_of(slo, "error")),
        "traffic",
        "Calls per second, share of calls that failed, and latency percentiles over time",
    )
    elements.show_chart(
        [heat.heat(seen.cells, behind)], "heat", "Calls by the time until they ended, over time"
    )


def levers(seen: RunFrames) -> None:
    """The levers of the run, if any: when and by whom each was applied, and how many processes acknowledged it."""
    if len(seen.pulled):
        st.subheader("Levers in this run", anchor="levers")
        elements.show_table(elements.escaped_cells(lever_table(seen.pulled)))


def _pool(seen: RunFrames, behind: Backdrop) -> None:
    st.subheader("Connection pool", anchor="pool")
    st.caption(pool.pool_sentence(seen.pool))
    if len(seen.pool):
        elements.show_chart([pool.pool(seen.pool, behind)], "pool", "Connections over time")


def show_guards(seen: RunFrames, behind: Backdrop) -> None:
    """What the policy's breakers, retry budget, throttles and bulkheads did, and when."""
    st.subheader("The policy's guards", anchor="guards")
    st.caption(elements.escaped(guards.guards_sentence(seen.guards)))
    if seen.guards.sampled:
        elements.show_chart(
            guards.guards(seen.guards, behind), "guards", "States of the policy's guards over time"
        )


def _retries(seen: RunFrames, behind: Backdrop, limits: dict[str, float]) -> None:
    st.subheader("Retries and amplification", anchor="retries")
    if seen.retries.empty:
        st.caption("No call was retried: every call had one attempt.")
        return
    chart = retries.retries(seen.retries, seen.seconds, behind, limits)
    elements.show_chart(chart, "retries", "Retries per second by reason, and attempts per call, over time")


def _upstream(seen: RunFrames, behind: Backdrop, workers: int | None) -> None:
    st.subheader("Measured at the upstream", anchor="upstream")
    if seen.served.empty:
        st.caption("The upstream recorded no attempt.")
        return
    st.caption(upstream.upstream_sentence(seen.served))
    shown = upstream.upstream(seen.served, workers, behind)
    elements.show_chart(
        shown, "upstream", "Attempts, busy workers and queue waits at the upstream, over time"
    )


def repeat(record: Record) -> None:
    """The policy as it was read, and the command that does it again."""
    run = record.run
    st.subheader("The policy", anchor="policy")
    if run.policy.description:
        st.caption(elements.escaped(run.policy.description))
    st.code(run.command, language="shell", wrap_lines=True)
    with st.expander("Every setting, as it was read back"):
        elements.settings(flat_settings(run.policy))
    with st.expander("Machine and versions"):
        elements.settings(
            {**labels.known_of_machine(run), **{f"{name} version": v for name, v in run.versions.items()}}
        )
