"""The sections of one run's page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.charts import anatomy, guards, heat, pool, retries, service_usage, traffic, upstream
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.components import elements, rollout_sections
from dashboard.components.call_links import RunAddress, calls_link, run_address
from dashboard.components.html_block import show_html
from dashboard.components.tiles import show_tiles
from dashboard.components.time_bar import CHARTS
from dashboard.data import cached
from dashboard.data.call_address import cell_filter
from dashboard.data.failure_table import failure_rows
from dashboard.data.live_numbers import LiveNumbers, live_sentence, live_tiles
from dashboard.data.policy_settings import flat_settings, limits_of
from dashboard.data.pulled_levers import lever_table
from dashboard.data.run_frames import RunFrames
from dashboard.data.run_window import ShownWindow
from dashboard.theme import labels
from harness.analyse.verdict.phrasing import latency_note
from harness.model.run import End
from harness.model.slo import Slo
from harness.record.reader import Record

CELL = ("at_s", "end_s", "low_s", "high_s")
STYLE = Path(__file__).with_name("run_page.css")
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
        run.scenario.service.summary,
    ]
    st.caption(" · ".join(facts))


def verdict(record: Record) -> None:
    """The verdict on the run, or why there is none."""
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


def outcome(record: Record) -> None:
    """The key numbers of a run, and the margins of its thresholds."""
    end = record.end
    if end is None:
        return
    show_key_measurements(end)
    if note := latency_note(record.run.scenario.slo, labels.key_measurements(end, HEADLINES)):
        st.caption(elements.escaped(note))
    if end.verdict.margins:
        elements.margins(end.verdict.margins)


def show_key_measurements(end: End) -> None:
    """The numbers a reader asks for first, each with its interval and n."""
    found = labels.key_measurements(end, HEADLINES)
    show_tiles(
        [(labels.title(m.name), labels.value_label(m), f"{labels.interval(m)}\nn = {m.n:,}") for m in found]
    )


def seconds_outcome(record: Record, seen: RunFrames, window: ShownWindow) -> None:
    """The numbers and thresholds of the shown seconds alone; a run without an end has none yet."""
    end = cached.cached_judgement(record, window)
    if end is None:
        return
    n = int(end.measurements["calls"].number)
    st.subheader(f"From {window.text}", anchor="seconds")
    st.caption(
        f"The numbers are those of the {n:,} calls scheduled in these seconds, and the verdict above is about the "
        f"whole run. The charts show the {seen.calls:,} calls that ended in these seconds."
    )
    if n:
        show_key_measurements(end)
        elements.margins(end.verdict.margins)


def show_progress(record: Record, seen: RunFrames) -> None:
    """How far a live run is."""
    planned_s = record.run.scenario.duration_s
    if record.state == "live":
        st.info(f"**● Live** — {seen.calls:,} calls have ended so far. The verdict comes at the end.")
    else:
        st.info("**◐ No new data** — no new data for some seconds: the run is being judged, or was killed.")
    st.progress(min(1.0, seen.known_s / planned_s), f"{seen.known_s:.0f} of {planned_s:.0f} s")


def show_live_numbers(record: Record, live: LiveNumbers) -> None:
    """The numbers of a live run's last whole second."""
    show_tiles(live_tiles(live, record.run.scenario.slo), live_sentence(live))


def charts(seen: RunFrames, record: Record, within: str = "") -> None:
    """Traffic, failures, levers, the service, anatomy, pool, guards, retries and the upstream, over the same seconds.

    `within` is the range of a trial. Each section is a container of its own: one that grows while a run is live must
    not push the others along.
    """
    if not seen.calls:
        st.info("No call ended in these seconds." if record.end is not None else "No call has ended yet.")
        return
    slo, behind = record.run.scenario.slo, backdrop_of(seen, elements.palette())
    run = run_address(record, within)
    first: list[Callable[[], None]] = [
        lambda: rollout_sections.show_rollout(seen, behind, record),
        lambda: rollout_sections.show_shadow(seen, behind, record),
        lambda: _traffic(seen, behind, slo, run),
        lambda: _failures(seen, run),
        lambda: levers(seen),
        lambda: _service(seen, behind),
        lambda: _pool(seen, behind),
    ]
    second: list[Callable[[], None]] = [
        lambda: _anatomy(seen, behind),
        lambda: show_guards(seen, behind),
        lambda: _retries(seen, behind, limits_of(slo, "amplification")),
        lambda: _upstream(seen, behind, record.run.upstream.capacity.workers),
    ]
    with st.container(key=CHARTS):
        for column in (first, second):
            with st.container():
                for section in column:
                    with st.container():
                        section()


def _traffic(seen: RunFrames, behind: Backdrop, slo: Slo, run: RunAddress) -> None:
    st.subheader("Traffic, errors and latency", anchor="traffic")
    if seen.standing:
        st.caption(elements.escaped(f"Active during the whole run: {', '.join(seen.standing)}."))
    elements.show_chart_of(
        seen.source,
        lambda: traffic.traffic(seen.seconds, behind, limits_of(slo, "latency"), limits_of(slo, "error")),
        "traffic",
        "Calls per second, share of calls that failed, and latency percentiles over time",
    )
    elements.show_chart_of(
        seen.source,
        lambda: [heat.heat(_linked(seen.cells, run), behind)],
        "heat",
        "Calls by the time until they ended, over time; a cell opens its calls",
    )


def _linked(cells: pd.DataFrame, run: RunAddress) -> pd.DataFrame:
    """The cells, each with the address of its calls."""
    edges = zip(*(cells[edge] for edge in CELL), strict=True)
    return cells.assign(href=[calls_link(run, cell_filter(*edge)) for edge in edges])


def _failures(seen: RunFrames, run: RunAddress) -> None:
    """The failed calls by kind, status and route; each kind leads to its calls."""
    st.subheader("Failed calls", anchor="failures")
    if seen.failures.empty:
        st.caption(f"None of the {seen.calls:,} calls that ended failed.")
        return
    rows = failure_rows(seen.failures, seen.from_s, seen.until_s)
    show_html("failure_table.html.j2", rows=[{**row, "link": calls_link(run, row["wanted"])} for row in rows])


def _anatomy(seen: RunFrames, behind: Backdrop) -> None:
    st.subheader("Where the time of a call was spent", anchor="anatomy")
    st.caption(anatomy.anatomy_sentence(seen.parts))
    elements.show_chart_of(
        seen.source,
        lambda: [anatomy.anatomy(seen.parts, behind)],
        "anatomy",
        "Mean seconds per call by part",
    )


def levers(seen: RunFrames) -> None:
    """The levers of the run, if any: when and by whom each was applied, and how many processes acknowledged it."""
    if len(seen.pulled):
        st.subheader("Levers in this run", anchor="levers")
        elements.show_table(elements.escaped_cells(lever_table(seen.pulled)))


def _service(seen: RunFrames, behind: Backdrop) -> None:
    """Of a run of a started service: what its processes used of the machine."""
    if seen.service.empty:
        return
    st.subheader("The service's processes", anchor="service")
    st.caption(service_usage.service_sentence(seen.service))
    elements.show_chart_of(
        seen.source,
        lambda: service_usage.service_usage(seen.service, behind),
        "service",
        "Cores and memory that the service's processes used, over time",
    )


def _pool(seen: RunFrames, behind: Backdrop) -> None:
    st.subheader("Connection pool", anchor="pool")
    st.caption(pool.pool_sentence(seen.pool))
    if len(seen.pool):
        elements.show_chart_of(
            seen.source, lambda: [pool.pool(seen.pool, behind)], "pool", "Connections over time"
        )


def show_guards(seen: RunFrames, behind: Backdrop) -> None:
    """What the policy's breakers, retry budget, throttles, bulkheads, limiters and hedges did, and when."""
    st.subheader("The policy's guards", anchor="guards")
    st.caption(elements.escaped(guards.guards_sentence(seen.guards)))
    if seen.guards.sampled:
        elements.show_chart_of(
            seen.source,
            lambda: guards.guards(seen.guards, behind),
            "guards",
            "States of the policy's guards over time",
        )


def _retries(seen: RunFrames, behind: Backdrop, limits: dict[str, float]) -> None:
    st.subheader("Retries and amplification", anchor="retries")
    if seen.retries.empty:
        st.caption(retries.none_sentence(hedged=bool(seen.guards.hedges_sent), own=not seen.service.empty))
        return
    elements.show_chart_of(
        seen.source,
        lambda: retries.retries(seen.retries, seen.seconds, behind, limits),
        "retries",
        "Retries per second by reason, and attempts per call, over time",
    )


def _upstream(seen: RunFrames, behind: Backdrop, workers: int | None) -> None:
    st.subheader("Measured at the upstream", anchor="upstream")
    if seen.served.empty:
        st.caption("The upstream recorded no attempt.")
        return
    st.caption(upstream.upstream_sentence(seen.served))
    elements.show_chart_of(
        seen.source,
        lambda: upstream.upstream(seen.served, workers, behind),
        "upstream",
        "Attempts, busy workers and queue waits at the upstream, over time",
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
