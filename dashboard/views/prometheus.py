"""One run as Prometheus scraped it, live or over: its numbers, and observe's panels drawn from its answers."""

from __future__ import annotations

import os

import pandas as pd
import streamlit as st

from dashboard.charts.panel import panel
from dashboard.components import elements
from dashboard.launch import PROMETHEUS
from harness.model.errors import PrometheusError
from harness.model.formatting import format_interval, format_measured
from harness.observe.from_prometheus import ScrapedRun, scraped_run
from harness.observe.panels import ONE_RUN, Panel
from harness.observe.prometheus_api import Prometheus

LOOK_EVERY_S = 2.0
STEPS = 300
WINDOW = "5s"


def page() -> None:
    """The run that `?run=` names, else the newest that the server's Prometheus has scraped."""
    st.title("Prometheus", anchor=False)
    try:
        source = Prometheus(os.environ.get(PROMETHEUS, ""))
        runs = source.label_values("run", "surgeline_run_info")[::-1]
    except PrometheusError as why:
        elements.problem(why)
        return
    if not runs:
        st.info(
            "Prometheus has scraped no run yet. Start a run; if it does not appear, see /targets in Prometheus."
        )
        return
    wanted = st.query_params.get("run", runs[0])
    picked = st.selectbox("Run", runs, index=runs.index(wanted) if wanted in runs else 0)
    st.query_params["run"] = picked
    st.fragment(_run, run_every=LOOK_EVERY_S if _is_live(source, picked) else None)(source.url, picked)


def _is_live(source: Prometheus, run: str) -> bool:
    return bool(source.at(f'surgeline_run_info{{run="{run}"}}'))


def _run(url: str, run: str) -> None:
    source = Prometheus(url)
    try:
        seen = scraped_run(source, run)
        _numbers(seen)
        for definition in ONE_RUN:
            _chart(source, seen, definition)
    except PrometheusError as why:
        elements.problem(why)


def _numbers(seen: ScrapedRun) -> None:
    state = "live" if seen.live else "ended"
    span_s, processes = seen.last_s - seen.first_s, len(seen.instances)
    st.caption(
        f"{state}, {span_s:.0f} s of scrapes, processes: {processes}. Counts are exact; a quantile lies "
        "in its bucket. Warm-up and drain are included; the verdict comes from the record."
    )
    rows = [
        {
            "measurement": name,
            "value": format_measured(m),
            "its bucket": format_interval(m),
            "n": f"{m.n:,}",
        }
        for name, m in seen.measurements.items()
    ]
    with st.expander("Numbers", expanded=True):
        elements.show_table(elements.escaped_cells(pd.DataFrame(rows)))


def _chart(source: Prometheus, seen: ScrapedRun, definition: Panel) -> None:
    span_s = seen.last_s - seen.first_s
    step_s = max(1.0, round(span_s / STEPS))
    found = [
        pd.DataFrame(
            {
                "at_s": [at_s - seen.first_s for at_s in line.times_s],
                "series": query.named({**line.labels, "policy": ""}) or definition.title,
                "value": line.values,
            }
        )
        for query in definition.queries
        for line in source.over(query.filled(seen.select, WINDOW), seen.first_s, seen.last_s, step_s)
    ]
    if found:
        elements.show_chart(
            [panel(pd.concat(found), definition, span_s, elements.palette())],
            definition.title,
            definition.meaning,
        )


page()
