"""What a plan's runs would measure, predicted while its page is open."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.components import elements
from dashboard.components.background_result import show_result
from dashboard.data import cached
from dashboard.data.predicted_plan import COLUMN, SHOWN, read_prediction, start_prediction
from dashboard.data.run_plan import RunPlan
from dashboard.theme import labels
from harness.model.calibration import overhead_sentence
from harness.model.formatting import format_interval, format_value
from harness.model.verdict import Measurement
from harness.twin.limits import MARK


def show_prediction(plan: RunPlan, key: str) -> None:
    """The prediction of a plan, once it is there. `key` is the plan's, by `predicted_plan.key_of`."""
    show_result(key, partial(start_prediction, plan, cached.root()), _show)


def _show(text: str) -> None:
    found = read_prediction(text)
    st.markdown(f"**{elements.escaped(MARK[:1].upper() + MARK[1:])}.**")
    names = [name for name in SHOWN if any(name in each.measurements for each in found)]
    rows = [[labels.title(name), *(_cell(each.measurements.get(name)) for each in found)] for name in names]
    columns = [COLUMN, *(f"{each.policy}, with the 95% band" for each in found)]
    elements.show_table(elements.escaped_cells(pd.DataFrame(rows, columns=columns)))
    first = found[0]
    st.caption(elements.escaped(overhead_sentence(first.overhead_s, first.calibrated_by)))
    for line in dict.fromkeys(line for each in found for line in each.outside):
        st.warning(elements.escaped(f"{line[:1].upper()}{line[1:]}."))


def _cell(m: Measurement | None) -> str:
    """A predicted value with its band; one value of all seeds stands alone."""
    if m is None:
        return "–"
    value = format_value(m.number, m.unit)
    return value if m.low == m.high else f"{value} ({format_interval(m)})"
