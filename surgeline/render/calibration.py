"""A calibration, for a terminal and for machines: what was fitted, and how far run and twin are apart."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import Any

from harness.calibrate.calibration import NEAR, Apart, Calibrated
from harness.model.formatting import format_measured, format_share, format_value
from surgeline.render.console import out
from surgeline.render.prediction import SHOWN_OF_A_RUN, band_text, overhead_text, region_text
from surgeline.render.table import plain_table, subject

PERCENTILES = ("latency.p50", "latency.p95", "latency.p99")


def show_calibrated(found: Calibrated, path: Path) -> None:
    """What was fitted, the table of run and twin, and the file."""
    each = found.calibration
    out.print(subject(each.scenario, each.policy, f"  run {each.run}"))
    out.print(overhead_text(each), soft_wrap=True)
    if each.upstream is not None:
        workers = each.upstream.capacity.workers
        many = "an unknown number of workers" if workers is None else f"{workers} workers"
        law = each.upstream.service_time.model_dump(exclude={"values_s"}, exclude_none=True)
        law_text = ", ".join(f"{key} {value}" for key, value in law.items())
        out.print(f"learned of {each.target}: {many}, service time {law_text}", soft_wrap=True)
    for why in found.unknown:
        out.print(f"cannot be known from this run: {why}", style="yellow", soft_wrap=True)
    table = plain_table("measurement", "run", "twin, same seed", "apart", "95% band of a run", "run in band")
    for row in (row for row in found.apart if row.measured.name in SHOWN_OF_A_RUN):
        table.add_row(
            row.measured.name, format_measured(row.measured), format_value(row.twin, row.measured.unit),
            apart_text(row), band_text(row.band), "yes" if row.within else "no",
        )  # fmt: skip
    out.print(table)
    near = [row.near for row in found.apart if row.measured.name in PERCENTILES]
    within = sum(row.within for row in found.apart)
    out.print(
        f"{sum(near)} of {len(near)} percentiles of latency are within {format_share(NEAR)} of the twin"
    )
    out.print(
        f"{within} of all {len(found.apart)} measurements of the run lie in the band (--json lists them)"
    )
    out.print(f"It holds for {region_text(each)} on this machine: {path}", style="dim", soft_wrap=True)


def calibrated_json(found: Calibrated, path: Path) -> dict[str, Any]:
    """The same for machines."""
    rows = [
        {
            "measurement": each.measured.name,
            "unit": each.measured.unit,
            "run": each.measured.model_dump(include={"value", "n", "low", "high"}),
            "twin": None if each.twin == inf else each.twin,
            "apart": each.ratio,
            "band": each.band.model_dump(include={"n", "low", "high"}),
            "within": each.within,
        }
        for each in found.apart
    ]
    calibration = found.calibration.model_dump(mode="json")
    return {"calibration": calibration, "apart": rows, "unknown": found.unknown, "written": str(path)}


def apart_text(row: Apart) -> str:
    """By how much the run is above or below the twin."""
    if row.ratio is not None:
        return f"{row.ratio:+.1%}"
    return "–" if row.measured.number != row.twin else "+0.0%"
