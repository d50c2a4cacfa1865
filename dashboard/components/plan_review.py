"""A plan before it is started: what differs from the files, what will happen when, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboard.charts.plan import plan_chart
from dashboard.charts.time import Backdrop
from dashboard.components import elements
from dashboard.data import background_jobs, cached
from dashboard.data.plan_preview import plan_sentence, planned_rates, planned_spans
from dashboard.data.policy_settings import setting_text
from dashboard.data.preflight import PreflightNote, machine_load, preflight
from dashboard.data.review_table import COLUMNS as REVIEW_COLUMNS
from dashboard.data.review_table import review_rows
from dashboard.data.run_plan import RunPlan, changed_settings
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.record.machine import machine_check

COLUMNS = ["File", "Setting", "In the file", "In this plan"]
ICONS = {"ok": ":green[✓]", "warn": ":orange[!]", "stop": ":red[✗]"}


def show_changes(plan: RunPlan) -> None:
    """The settings that the plan changes, beside their values in the files."""
    rows = [
        [of, key, setting_text(before), setting_text(after)]
        for of, key, before, after in changed_settings(plan)
    ]
    if not rows:
        st.caption("Nothing differs from the files.")
        return
    elements.show_table(elements.escaped_cells(pd.DataFrame(rows, columns=COLUMNS)))


def show_preview(scenario: Scenario) -> None:
    """Arrivals, faults and levers over time."""
    st.caption(elements.escaped(plan_sentence(scenario)))
    rates = planned_rates(scenario)
    if rates.empty:
        return
    behind = Backdrop(planned_spans(scenario), scenario.duration_s, elements.palette())
    chart = plan_chart(rates, scenario.slo.warmup_s, behind)
    elements.show_chart([chart], "plan", "Planned journeys per second over time, with faults and levers")


def show_preflight(scenario: Scenario) -> list[PreflightNote]:
    """What is known about the machine, one line each; returns the lines."""
    ahead = sum(job.running for job in background_jobs.background_jobs(cached.root()))
    notes = preflight(scenario, machine_load(), machine_check(cached.root()), ahead)
    st.markdown("  \n".join(f"{ICONS[note.kind]} {elements.escaped(note.text)}" for note in notes))
    return notes


def show_reviews(scenario: Scenario, policies: Sequence[Policy]) -> None:
    """Owners and days of review of the plan's files, closed unless somebody looks; the label says how many are due."""
    rows = review_rows([*policies, scenario], datetime.now(UTC).date())
    due = sum(bool(row[-1]) for row in rows)
    label = f"Owners and reviews: {due} of {len(rows)} files need a review" if due else "Owners and reviews"
    with st.expander(label, icon=":material/event_available:" if not due else ":material/event_busy:"):
        elements.show_table(elements.escaped_cells(pd.DataFrame(rows, columns=REVIEW_COLUMNS)))
