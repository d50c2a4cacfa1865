"""What a plan's runs would measure, predicted while its page is open."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.components import elements
from dashboard.data import background_jobs, cached
from dashboard.data.predicted_plan import COLUMN, SHOWN, PlanPrediction, PredictedPolicy
from dashboard.data.run_plan import RunPlan
from dashboard.theme import labels
from harness.model.formatting import format_interval, format_value
from harness.model.verdict import Measurement
from harness.twin.limits import MARK

HELD = "plan-prediction"


@st.fragment(run_every="1s")
def show_prediction(plan: RunPlan, key: str) -> None:
    """The prediction of a plan, read again each second. `key` is the plan's, by `predicted_plan.key_of`.

    It begins a second after the plan has last changed, and not while a command that was started here still runs, whose
    measurements it would disturb.
    """
    held = st.session_state.get(HELD)
    if held is None or held.key != key:
        stop_prediction()
        st.session_state[HELD] = PlanPrediction(key)
        st.caption("Predicting…")
        return
    held.look()
    if held.refused:
        st.info(elements.escaped(held.refused))
    elif held.found:
        _show(held.found)
    elif held.started:
        st.caption("Predicting… The first prediction after an installation takes a minute.")
    elif any(job.running for job in background_jobs.background_jobs(cached.root())):
        st.caption("The prediction waits until the command that runs has ended, whose run it would disturb.")
    else:
        held.start(plan, cached.root())
        st.caption("Predicting…")


def stop_prediction() -> None:
    """Ends a prediction that is under way; a later page of this reader begins anew."""
    held = st.session_state.pop(HELD, None)
    if held is not None:
        held.stop()


def _show(found: tuple[PredictedPolicy, ...]) -> None:
    st.markdown(f"**{elements.escaped(MARK[:1].upper() + MARK[1:])}.**")
    names = [name for name in SHOWN if any(name in each.measurements for each in found)]
    rows = [[labels.title(name), *(_cell(each.measurements.get(name)) for each in found)] for name in names]
    columns = [COLUMN, *(f"{each.policy}, with the 95% band" for each in found)]
    elements.show_table(elements.escaped_cells(pd.DataFrame(rows, columns=columns)))
    first = found[0]
    took = f"A call takes {format_value(first.overhead_s, 's')} beyond its service time"
    known = (
        f"as the run {first.calibrated_by} showed"
        if first.calibrated_by
        else ("which is assumed; surgeline calibrate RUN measures it on this machine")
    )
    st.caption(elements.escaped(f"{took}, {known}."))
    for line in dict.fromkeys(line for each in found for line in each.outside):
        st.warning(elements.escaped(f"{line[:1].upper()}{line[1:]}."))


def _cell(m: Measurement | None) -> str:
    """A predicted value with its band; one value of all seeds stands alone."""
    if m is None:
        return "–"
    value = format_value(m.number, m.unit)
    return value if m.low == m.high else f"{value} ({format_interval(m)})"
