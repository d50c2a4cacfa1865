"""The bar of a run: its verdict and its phases. A phase, or seconds dragged over in a time chart, go into the address.

The browser draws one crosshair over all time charts, which are inside the container `time-charts`; that needs no rerun.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.browser_part import browser_part
from dashboard.components.elements import palette
from dashboard.data.run_window import KEYS, ShownWindow, parameters_of
from dashboard.theme import labels
from harness.analyse.measure.run_phases import RunPhase
from harness.record.reader import Record

KEY, CHARTS = "time-bar", "time-charts"
PLACE = "time-bar-place"
"""The key of a container that is kept for the bar, and stays in view as the bar does."""
ROLES = ("ink", "quiet", "line", "ground", "fault", "good", "bad", "series_1")


def time_bar(
    record: Record,
    phases: Sequence[RunPhase],
    window: ShownWindow | None,
    axis: ShownWindow,
    known_s: float,
) -> None:
    """Draws the bar. `axis` is the time axis of the charts, and the run is known until `known_s`."""
    roles = palette().roles()
    verdict = record.end.verdict if record.end is not None else None
    browser_part("time_bar")(
        key=KEY,
        data={
            "title": f"{record.run.policy.name} under {record.run.scenario.name}",
            "verdict": labels.verdict_label(verdict) if verdict else labels.state_label(record.state),
            "kind": verdict.kind if verdict else record.state,
            "phases": [_phase(phase, known_s) for phase in phases],
            "phase": window.phase if window else "",
            "chosen": _chosen(window),
            "from_s": axis.from_s,
            "until_s": max(axis.until_s, axis.from_s + 1),
            "colours": {role: roles[role] for role in ROLES},
        },
        on_phase_change=_show_phase,
        on_brushed_change=_show_brushed,
    )


def _phase(phase: RunPhase, known_s: float) -> dict[str, object]:
    return {
        "name": phase.name,
        "text": f"{phase.from_s:.3g} – {phase.until_s:.3g} s",
        "from_s": phase.from_s,
        "until_s": phase.until_s,
        "ahead": phase.from_s > known_s,
    }


def _chosen(window: ShownWindow | None) -> str:
    if window is None:
        return ""
    return f"Shown: {window.phase + ', ' if window.phase else ''}{window.text}"


def _show_phase() -> None:
    _go({"phase": st.session_state[KEY].phase} if st.session_state[KEY].phase else {})


def _show_brushed() -> None:
    from_s, until_s = st.session_state[KEY].brushed
    _go(parameters_of(ShownWindow(round(from_s), max(round(until_s), round(from_s) + 1))))


def _go(wanted: dict[str, str]) -> None:
    """Writes the seconds into the address in one step, so that one press of "back" undoes it."""
    kept = {key: st.query_params.get_all(key) for key in st.query_params if key not in KEYS}
    st.query_params.from_dict(kept | {key: [value] for key, value in wanted.items()})
