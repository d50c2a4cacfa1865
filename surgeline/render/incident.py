"""An incident that was learned from Prometheus, as a page in Markdown and for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from harness.model.formatting import format_share, format_value
from harness.model.incident import Episode, Incident, SignalChange
from surgeline.render.console import out

UNITS = {"rate": "1/s", "errors": "ratio", "latency": "s"}
SIGNALS = {"rate": "calls ended per second", "errors": "failed calls", "latency": "mean latency"}


def show_incident(incident: Incident, written: Sequence[str]) -> None:
    """What changed, the faults that replay it, the thresholds, and the files that were written."""
    for line in _lines(incident):
        out.print(line, soft_wrap=True)
    out.print("Written: " + ", ".join(written), soft_wrap=True)


def incident_page(incident: Incident) -> str:
    """`incident.md`: what Prometheus shows, with the scenario that replays it."""
    lines = [f"# Incident of {incident.service}", "", *(f"{line}  " for line in _lines(incident)), ""]
    lines += ["## What changed", "", "| at (UTC) | signal | before | after |", "|---|---|---|---|"]
    lines += [_row(change) for change in sorted(incident.changes, key=lambda each: each.at_s)]
    lines += ["", "## Cannot be known from this", "", *UNKNOWN]
    lines += ["", "## As a drill", "", *DRILL]
    return "\n".join(lines) + "\n"


UNKNOWN = (
    "- **number of workers**: histograms do not show which calls overlapped.",
    "- **times between two scrapes**: each time is known to one scrape.",
    "- **latencies within a bucket**: those before the incident are interpolated in their bucket.",
    "- **what caused it**: the faults do to a client what was seen; the cause may be another.",
)
DRILL = (
    "    surgeline run scenario.toml -p POLICY",
    "    surgeline rehearse scenario.toml -p POLICY --runbook runbook.md",
    "",
    "The first shows whether a policy keeps the SLO in this incident, the second which levers end it sooner.",
)


def _lines(incident: Incident) -> Iterator[str]:
    yield (
        f"{incident.calls:,} calls of {incident.service}, {_time(incident.first_s)} to {_time(incident.last_s)} UTC,"
        f" scraped every {incident.scrape_s:g} s; {format_value(incident.rate_per_s, '1/s')} before the incident."
    )
    for each in incident.episodes:
        yield f"{_time(each.begin_s)} to {_time(each.end_s)} UTC: {_fault(each)}."
    for threshold in incident.thresholds:
        word = "broken" if threshold.broken else "kept"
        bad, budget = format_share(threshold.bad_ratio), format_share(threshold.budget_ratio)
        yield f"{threshold.text}: {word} in the incident ({bad} bad, {budget} allowed)."
    if not incident.thresholds:
        yield "The service exports no threshold, so its SLO cannot be known from this."
    if incident.alerts:
        yield f"Alerts that fired: {', '.join(incident.alerts)}."


def _fault(each: Episode) -> str:
    share = "" if each.ratio == 1 else f" for {format_share(each.ratio)} of the calls"
    if each.kind == "pause":
        return "no calls ended, as when the upstream pauses"
    if each.kind == "status":
        return f"status {each.status}{share}"
    return f"{format_value(each.add_s, 's')} more latency{share}"


def _row(change: SignalChange) -> str:
    unit = UNITS[change.signal]
    before, after = format_value(change.before, unit), format_value(change.after, unit)
    return f"| {_time(change.at_s)} | {SIGNALS[change.signal]} | {before} | {after} |"


def _time(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S}"
