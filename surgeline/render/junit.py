"""A verdict as JUnit XML, which every pipeline can show: a threshold is a test case."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from harness.model.formatting import format_interval, format_measured
from harness.model.verdict import Margin, Verdict
from harness.record.reader import Record


def junit(record: Record, verdict: Verdict) -> str:
    """The document. A broken threshold is a failure; one that cannot be decided and an invalid run are errors."""
    run = record.run
    invalid = verdict.kind == "inconclusive" and verdict.invalid
    suite = ET.Element(
        "testsuite",
        name=f"surgeline {run.scenario.name} × {run.policy.name}",
        tests=str(len(verdict.margins) + invalid),
        failures=str(sum(m.verdict == "fail" for m in verdict.margins)),
        errors=str(sum(m.verdict == "inconclusive" for m in verdict.margins) + invalid),
        time=f"{run.scenario.duration_s:.3f}",
    )
    for margin in verdict.margins:
        _case(suite, f"{run.scenario.name}.{run.policy.name}", margin)
    if invalid:
        case = ET.SubElement(suite, "testcase", classname=run.scenario.name, name="the run is valid")
        ET.SubElement(case, "error", type="inconclusive", message="; ".join(verdict.reasons))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, of: str, margin: Margin) -> None:
    case = ET.SubElement(suite, "testcase", classname=of, name=margin.threshold)
    measured = margin.measured
    text = f"{format_measured(measured)} ({format_interval(measured)}, n = {measured.n:,})"
    if margin.verdict != "pass":
        kind = "failure" if margin.verdict == "fail" else "error"
        ET.SubElement(case, kind, type=margin.verdict, message=margin.reason)
    ET.SubElement(case, "system-out").text = text
