"""A prediction, for a terminal and for machines. It is marked as predicted wherever it is shown."""

from __future__ import annotations

from typing import Any

from harness.model.calibration import OVERHEAD_S, RATE_FACTOR, Calibration, Outside
from harness.model.formatting import format_interval, format_value
from harness.model.quantities import SHOWN
from harness.model.verdict import Measurement
from harness.twin.limits import LEFT_OUT, MARK
from harness.twin.prediction import Prediction
from surgeline.render.console import out
from surgeline.render.table import plain_table, subject

SHOWN_OF_A_RUN = (*SHOWN, "recovery")


def show_prediction(found: Prediction) -> None:
    """The predicted measurements with their bands, and what the simulation leaves out."""
    first, last = found.seeds[0], found.seeds[-1]
    out.print(subject(found.scenario, found.policy, f"  seeds {first} to {last}"))
    out.print(MARK, style="yellow", soft_wrap=True)
    out.print(overhead_text(found.calibration), soft_wrap=True)
    for line in outside_texts(found):
        out.print(line, style="yellow", soft_wrap=True)
    table = plain_table("measurement", "predicted", "95% band of a run", "seeds")
    for name in [name for name in SHOWN_OF_A_RUN if name in found.measurements]:
        m = found.measurements[name]
        table.add_row(name, _value(m), band_text(m), f"{m.n}")
    out.print(table)
    for part in LEFT_OUT:
        out.print(f"not modelled: {part}", style="dim", soft_wrap=True)


def prediction_json(found: Prediction) -> dict[str, Any]:
    """The same for machines: `low` and `high` are the band in which a further run lies with 95% probability."""
    identity = {"predicted": True, "policy": found.policy, "scenario": found.scenario, "seeds": found.seeds}
    measured = {name: m.model_dump(exclude={"name", "by_tail"}) for name, m in found.measurements.items()}
    known = found.calibration
    calibration = None if known is None else {"run": known.run}
    return {
        **identity,
        "calibration": calibration,
        "overhead_s": OVERHEAD_S if known is None else known.overhead.number,
        "outside_calibration": outside_texts(found),
        "busiest_per_s": found.busiest_per_s,
        "not_modelled": LEFT_OUT,
        "measurements": measured,
    }


def outside_texts(found: Prediction) -> list[str]:
    """In which respects it is outside of the calibrated region, as sentences; none without a calibration."""
    known = found.calibration
    return [] if known is None else [outside_text(why, known, found.busiest_per_s) for why in found.outside]


def _value(m: Measurement) -> str:
    return format_value(m.number, m.unit)


def band_text(m: Measurement) -> str:
    """The band of a prediction. Equal values of all seeds are no proof that a run cannot have another one."""
    return "the same in all" if m.low is not None and m.low == m.high else format_interval(m)


def overhead_text(found: Calibration | None) -> str:
    """What a call takes beyond its service time, and from where that is known."""
    if found is None:
        assumed = format_value(OVERHEAD_S, "s")
        return (
            f"not calibrated: a call takes {assumed} beyond its service time, as on another machine; "
            "`surgeline calibrate RUN` measures it in a run of this one"
        )
    each = found.overhead
    interval = "" if each.low is None else f" ({format_interval(each)}, n = {each.n:,})"
    value = format_value(each.number, "s")
    return f"calibrated by the run {found.run}: a call takes {value}{interval} beyond its service time"


def region_text(found: Calibration) -> str:
    """For which rates a calibration holds."""
    low, high = found.region_per_s
    return f"{low:,.0f} to {high:,.0f} attempts in the busiest second"


def outside_text(why: Outside, found: Calibration, busiest_per_s: float) -> str:
    """In which respect a prediction is outside of the calibrated region."""
    if why == "another machine":
        return f"outside of the calibrated region: the run {found.run} was made on another machine"
    return (
        f"outside of the calibrated region: the busiest second has {busiest_per_s:,.0f} attempts, and the calibration "
        f"holds for {region_text(found)}, within a factor of {RATE_FACTOR:g} of its run"
    )
