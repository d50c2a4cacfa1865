"""The files of a visit: a scenario whose journey repeats it, and an upstream with the times of each route."""

from __future__ import annotations

from collections import defaultdict
from math import ceil

from harness.learn.toml_text import Table, document
from harness.learn.written_files import SCENARIO, UPSTREAM, method_of, path_of
from harness.model.scenario import Scenario
from harness.model.visit import LearnedVisit
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile

VISITS, LEAST_S, TAIL_S = 5, 30.0, 1.0


def visit_texts(visit: LearnedVisit) -> dict[str, str]:
    """The text of each file by its name."""
    upstream, scenario = _upstream(visit), _scenario(visit)
    build(Profile, upstream, UPSTREAM)
    build(Scenario, scenario, SCENARIO)
    notes = ["Learned by `surgeline learn`; learned.md says from what."]
    unknown = [f"{each.quantity} cannot be known from this: {each.why}" for each in visit.unknown]
    users = "Set `users`, or other arrivals, as production has them; add the thresholds of your SLO:"
    slo = '[slo] thresholds = ["p99(latency) < …"]'
    return {
        UPSTREAM: document(upstream, [*notes, *unknown]),
        SCENARIO: document(scenario, [*notes, users, slo]),
    }


def _upstream(visit: LearnedVisit) -> Table:
    times_s = defaultdict[str, list[float]](list)
    for each in visit.steps:
        times_s[each.route].append(each.response_s)
    routes = sorted(times_s, key=lambda route: (path_of(route).count("*"), -len(path_of(route))))
    return {
        "name": "learned",
        "description": _about(visit),
        "route": [
            {
                "path": path_of(route), "method": method_of(route), "status": 200, "body": "{}",
                "service_time": {"distribution": "empirical", "values_s": times_s[route]},
            }
            for route in routes
        ],
    }  # fmt: skip


def _scenario(visit: LearnedVisit) -> Table:
    think_s = sum(each.think_s for each in visit.steps)
    length_s = visit.duration_s + visit.steps[-1].response_s + TAIL_S
    return {
        "name": "learned",
        "description": _about(visit),
        "upstream": UPSTREAM,
        "journey": "scenarios.journeys.mix:in_order",
        "drain_s": float(ceil(15.0 + think_s)),
        "arrivals": [
            {"shape": "closed", "users": 1, "duration_s": float(ceil(max(LEAST_S, VISITS * length_s)))}
        ],
        "mix": [
            {
                "name": each.route, "method": method_of(each.route), "path": path_of(each.route).replace("*", "1"),
                "think_s": each.think_s,
            }
            for each in visit.steps
        ],
    }  # fmt: skip


def _about(visit: LearnedVisit) -> str:
    return f"A visit of {len(visit.steps)} requests to {visit.host}."
