"""A prediction, for a terminal and for machines. It is marked as predicted wherever it is shown."""

from __future__ import annotations

from typing import Any

from harness.model.formatting import format_interval, format_value
from harness.model.quantities import SHOWN
from harness.model.verdict import Measurement
from harness.twin.limits import LEFT_OUT
from harness.twin.prediction import Prediction
from surgeline.render.console import out
from surgeline.render.table import plain_table, subject

MARK = (
    "predicted, not measured: no run was made, and this is no verdict; the band has the chance of a run, and not the "
    "errors of the simulation"
)


def show_prediction(found: Prediction) -> None:
    """The predicted measurements with their bands, and what the simulation leaves out."""
    first, last = found.seeds[0], found.seeds[-1]
    out.print(subject(found.scenario, found.policy, f"  seeds {first} to {last}"))
    out.print(MARK, style="yellow", soft_wrap=True)
    table = plain_table("measurement", "predicted", "95% band of a run", "seeds")
    names = [name for name in (*SHOWN, "recovery") if name in found.measurements]
    for name in names:
        m = found.measurements[name]
        table.add_row(name, _value(m), _band(m), f"{m.n}")
    out.print(table)
    for part in LEFT_OUT:
        out.print(f"not modelled: {part}", style="dim", soft_wrap=True)


def prediction_json(found: Prediction) -> dict[str, Any]:
    """The same for machines: `low` and `high` are the band in which a further run lies with 95% probability."""
    identity = {"predicted": True, "policy": found.policy, "scenario": found.scenario, "seeds": found.seeds}
    measured = {name: m.model_dump(exclude={"name", "by_tail"}) for name, m in found.measurements.items()}
    return {**identity, "not_modelled": LEFT_OUT, "measurements": measured}


def _value(m: Measurement) -> str:
    return format_value(m.number, m.unit)


def _band(m: Measurement) -> str:
    """Equal values of all seeds are no proof that a run cannot have another one."""
    return "the same in all" if m.low is not None and m.low == m.high else format_interval(m)
