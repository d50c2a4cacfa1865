"""Runs beside each other: verdicts, key numbers, differences with intervals, distributions, timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.charts import side_by_side
from dashboard.charts.time import backdrop_of
from dashboard.components import comparison_table, decision_sentence, elements
from dashboard.data import cached, comparison_tables
from dashboard.data.comparison_rows import comparison_rows
from dashboard.data.policy_settings import limits_of
from dashboard.data.run_frames import RunFrames
from dashboard.data.setting_effects import settings_with_effects
from dashboard.report.export import as_csv, as_png
from dashboard.report.html import html_report
from dashboard.theme import labels
from dashboard.theme.palette import Look
from harness.model.errors import RecordError
from harness.model.verdict import Comparison
from harness.record.reader import Record

RUNS_AT_MOST = 6


def page() -> None:
    """The runs that `?runs=…&runs=…` names, seen from the policy that `?base=` names."""
    st.title("Compare", anchor=False)
    records, _ = cached.all_runs()
    if not records:
        elements.nothing_yet(cached.root())
        return
    chosen = _chosen(records)
    if len(chosen) < 2:
        st.info(
            "Choose two or more runs above. Runs of one scenario and one seed can be compared call by call."
        )
        return
    if why := comparison_tables.not_comparable(chosen):
        st.error(elements.escaped(why))
        return
    names = comparison_tables.run_labels(chosen)
    decision = st.container()
    _verdicts(chosen, names)
    measurements = st.container()
    _charts(chosen, names)  # The browser draws them while large runs are compared, which takes seconds.
    with decision:
        _decision(chosen)
    with measurements:
        _measurements(chosen)
        for note in comparison_tables.latency_notes(chosen):
            st.caption(elements.escaped(note))
    st.caption("To repeat these runs:")
    st.code("\n".join(dict.fromkeys(r.run.command for r in chosen)), "shell", wrap_lines=True)


def _chosen(records: list[Record]) -> list[Record]:
    choices = cached.choices(records)
    asked = st.query_params.get_all("runs")
    for name in asked:
        if isinstance(found := cached.cached_run(name), RecordError):
            elements.problem(found)
    picked = st.multiselect(
        "Runs",
        list(choices),
        default=[name for name in asked if name in choices][:RUNS_AT_MOST],
        format_func=lambda run: choices[run],
        max_selections=RUNS_AT_MOST,
        placeholder="choose two or more runs",
        label_visibility="collapsed",
    )
    st.query_params["runs"] = picked
    by_id = {r.run.id: r for r in records}
    return [by_id[run] for run in picked]


def _decision(chosen: Sequence[Record]) -> None:
    """What to ship, before everything else."""
    if note := comparison_tables.not_paired(chosen):
        st.warning(elements.escaped(note))
    comparison = cached.cached_comparison(chosen)
    if not isinstance(comparison, str):
        decision_sentence.show(comparison, chosen)


def _verdicts(chosen: Sequence[Record], names: Sequence[str]) -> None:
    for column, record, name in zip(st.columns(len(chosen)), chosen, names, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{elements.escaped(name)}**")
            if record.end is None:
                st.markdown(labels.state_label(record.state))
                st.caption("Not judged: the run has not ended.")
            else:
                st.markdown(f"### {elements.verdict_in_colour(record.end.verdict)}")
                st.caption(elements.escaped(labels.verdict_sentence(record.end.verdict)))
            st.page_link("views/run.py", label="Open the run", query_params={"run": record.run.id})


def _measurements(chosen: Sequence[Record]) -> None:
    """The one table: values with their intervals, limits and differences; then the settings that differ."""
    st.subheader("Measurements and differences", anchor="differences")
    comparison = cached.cached_comparison(chosen)
    if isinstance(comparison, str):
        elements.show_table(elements.escaped_cells(comparison_tables.measurement_table(chosen)))
        st.info(comparison)
        return
    base = st.segmented_control(
        "Differences from",
        comparison.policies,
        default=_base(comparison.policies),
        required=True,
        help="Each value is compared with this policy's, over the same intervals of the same schedule.",
    )
    base = base or comparison.policies[0]
    st.query_params["base"] = base
    rows = comparison_rows(comparison, chosen, base)
    comparison_table.show(rows, comparison.policies, base, cached.policy_order())
    st.caption(comparison_tables.footnote(comparison))
    _take_along(chosen, comparison)
    _policies(chosen, comparison, base)


def _take_along(chosen: Sequence[Record], comparison: Comparison) -> None:
    with st.container(horizontal=True):
        elements.download(
            "Report (HTML)", lambda: html_report(chosen, comparison), "comparison.html", "text/html"
        )
        elements.download(
            "Picture (PNG)",
            lambda: as_png(chosen, [cached.compared_frames(r) for r in chosen]),
            "comparison.png",
            "image/png",
        )
        elements.download("Differences (CSV)", as_csv(comparison), "comparison.csv", "text/csv")


def _base(policies: Sequence[str]) -> str:
    wanted = st.query_params.get("base", "")
    return wanted if wanted in policies else policies[0]


def _charts(chosen: Sequence[Record], names: Sequence[str]) -> None:
    frames = [cached.compared_frames(r) for r in chosen]
    looks = comparison_tables.run_looks(chosen, elements.palette(), cached.policy_order())
    limits = limits_of(chosen[0].run.scenario.slo, "latency")
    st.subheader("Distributions", anchor="distributions")
    named = list(zip(frames, names, strict=True))
    source = _source(frames, looks)
    elements.show_chart_of(
        source,
        lambda: [
            side_by_side.distributions(
                pd.concat([f.quantiles.assign(policy=n) for f, n in named]), looks, elements.palette(), limits
            )
        ],
        "distributions",
        "Latency by percentile, one line per policy",
    )
    st.subheader("Over time", anchor="time")
    longest = max(frames, key=lambda p: p.until_s)
    elements.show_chart_of(
        source,
        lambda: side_by_side.overlaid(
            pd.concat([f.seconds.assign(policy=n) for f, n in named]),
            looks,
            backdrop_of(longest, elements.palette()),
            limits,
        ),
        "overlaid",
        "Goodput, share of failed calls and p99 over time, one line per policy",
    )


def _source(frames: Sequence[RunFrames], looks: Mapping[str, Look]) -> str:
    """A name of what the charts are made of; "" while a run is live."""
    sources = [frame.source for frame in frames]
    return f"{sources} {looks}" if all(sources) else ""


def _policies(chosen: Sequence[Record], comparison: Comparison, base: str) -> None:
    st.subheader("Where the policies differ", anchor="policies")
    frame = settings_with_effects({r.run.policy.name: r.run.policy for r in chosen}, comparison, base)
    if frame.empty:
        st.caption("The policies have the same settings.")
        return
    elements.show_table(elements.escaped_cells(frame))
    st.caption(
        "A setting can explain a difference when it is known to act on that measurement. When several settings "
        "differ, these runs do not tell which of them is the cause."
    )


page()
