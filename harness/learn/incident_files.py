"""The files of a drill: a scenario whose timeline replays an incident, and the upstream as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from harness.learn.toml_text import Table, document
from harness.learn.written_files import SCENARIO, UPSTREAM
from harness.model.incident import Episode, Incident, SignalChange
from harness.model.scenario import Scenario
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile

LEAD_S, TAIL_S, WARMUP_S = 20.0, 30.0, 5.0
OTHER_RATE, AFTERMATH = 0.3, 5.0


def drill_texts(incident: Incident) -> dict[str, str]:
    """The text of each file by its name."""
    when = f"{datetime.fromtimestamp(incident.episodes[0].begin_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    about = f"The incident of {incident.service} on {when}."
    upstream: Table = {
        "name": "before-the-incident", "description": about,
        "service_time": {"distribution": "empirical", "values_s": list(incident.service_s)},
    }  # fmt: skip
    scenario = _scenario(incident, about)
    build(Profile, upstream, UPSTREAM)
    build(Scenario, scenario, SCENARIO)
    unknown = ["The number of workers cannot be known from Prometheus, so none is written."]
    notes = (
        []
        if incident.thresholds
        else ["The service exports no threshold, so its SLO cannot be known from this."]
    )
    return {UPSTREAM: document(upstream, unknown), SCENARIO: document(scenario, notes)}


def _scenario(incident: Incident, about: str) -> Table:
    zero_s = incident.episodes[0].begin_s - LEAD_S
    end_s = incident.episodes[-1].end_s + TAIL_S
    return {
        "name": "incident",
        "description": about,
        "upstream": UPSTREAM,
        "journey": "scenarios.journeys.mix:one_request",
        "arrivals": list(_phases(incident, zero_s, end_s)),
        "mix": [{"name": "GET /get", "path": "/get"}],
        "timeline": [_entry(each, zero_s) for each in incident.episodes],
        "slo": {"warmup_s": WARMUP_S, "thresholds": [each.text for each in incident.thresholds]},
    }


def _phases(incident: Incident, zero_s: float, end_s: float) -> Iterator[Table]:
    """The rate before the incident, and changes of it by 30% and more that no episode explains."""
    at_s, rate = zero_s, incident.rate_per_s
    for change in incident.changes:
        other = abs(change.after / rate - 1) > OTHER_RATE if rate else True
        if (
            change.signal == "rate"
            and at_s < change.at_s < end_s
            and other
            and not _explained(incident, change)
        ):
            yield {"rate_per_s": round(rate, 3), "duration_s": round(change.at_s - at_s, 3)}
            at_s, rate = change.at_s, max(change.after, 0.001)
    yield {"rate_per_s": round(rate, 3), "duration_s": round(end_s - at_s, 3)}


def _explained(incident: Incident, change: SignalChange) -> bool:
    """Whether calls ended at another rate because they were held up, or as those that had been came to their end."""
    return any(
        each.begin_s - 2 * incident.scrape_s <= change.at_s
        <= each.end_s + (each.end_s - each.begin_s) + AFTERMATH * incident.scrape_s
        for each in incident.episodes
    )  # fmt: skip


def _entry(each: Episode, zero_s: float) -> Table:
    fault: Table = {"kind": each.kind}
    if each.kind == "latency":
        fault["add_s"] = each.add_s
    if each.kind == "status":
        fault["status"] = each.status
    if each.ratio < 1:
        fault["ratio"] = each.ratio
    return {
        "at_s": round(each.begin_s - zero_s, 3),
        "for_s": round(each.end_s - each.begin_s, 3),
        "fault": fault,
    }
