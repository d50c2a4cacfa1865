"""The files that `learn` writes: an upstream and a scenario that `surgeline run` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import ceil

from harness.learn.toml_text import Table, document
from harness.model.learned import Learned, LearnedRoute
from harness.model.scenario import Scenario
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile

UPSTREAM, SCENARIO, TRACE = "upstream.toml", "scenario.toml", "arrivals.csv"
FIRST_SERVER_ERROR, LEAST_THREADS, THREADS_PER_BUSY, MOST_THREADS = 500, 64, 4.0, 5000


def written_texts(learned: Learned) -> dict[str, str]:
    """The text of each file by its name; a trace only for arrivals that no curve of rates describes."""
    texts = {UPSTREAM: upstream_text(learned), SCENARIO: scenario_text(learned), TRACE: trace_text(learned)}
    return {name: text for name, text in texts.items() if text}


def learned_profile(learned: Learned) -> Profile:
    """The upstream's profile."""
    return build(Profile, _upstream(learned), UPSTREAM)


def upstream_text(learned: Learned) -> str:
    """The upstream's profile as TOML; what cannot be known is a comment, and has no key."""
    learned_profile(learned)
    table = _upstream(learned)
    notes = [f"{each.quantity} cannot be known from this: {each.why}" for each in learned.unknown]
    return document(table, ["Learned by `surgeline learn`; learned.md has the intervals.", *notes])


def scenario_text(learned: Learned) -> str:
    """The scenario as TOML, with the routes as its mix and no SLO of its own."""
    table = _scenario(learned)
    checked = {**table, "arrivals": [{"rate_per_s": 1.0, "duration_s": 1.0}]} if _bursty(learned) else table
    build(Scenario, checked, SCENARIO)
    notes = [
        "Learned by `surgeline learn`. Add the thresholds of your SLO:",
        '[slo] thresholds = ["p99(latency) < …"]',
    ]
    return document(table, notes)


def trace_text(learned: Learned) -> str:
    """The arrivals as seconds, one a line; empty when a curve of rates describes them."""
    return "".join(f"{at_s:.6f}\n" for at_s in learned.arrivals.times_s)


def _bursty(learned: Learned) -> bool:
    return learned.arrivals.kind == "bursty"


def _upstream(learned: Learned) -> Table:
    table: Table = {"name": "learned", "description": f"Learned from {learned.requests:,} requests."}
    if learned.workers is not None:
        table["capacity"] = {"workers": round(learned.workers.number)}
    table["service_time"] = _law(learned)
    routes = sorted(
        learned.routes, key=lambda each: (path_of(each.route).count("*"), -len(path_of(each.route)))
    )
    table["route"] = [
        {"path": path_of(each.route), "method": method_of(each.route), "status": 200, "body": "{}"}
        for each in routes
    ]
    if faults := list(_faults(learned.routes)):
        table["fault"] = faults
    return table


def _law(learned: Learned) -> Table:
    law: Table = learned.law.model_dump(exclude_none=True)
    return law


def _faults(routes: Sequence[LearnedRoute]) -> Iterator[Table]:
    """A fault for each error status of a route; the ratios of one route exclude each other."""
    for route in routes:
        left = 1.0
        for status, ratio in route.statuses:
            yield {
                "kind": "status", "name": f"{status} {route.route}"[:60], "status": status,
                "ratio": round(min(1.0, ratio / left), 6), "route": path_of(route.route),
                "method": method_of(route.route),
            }  # fmt: skip
            left = max(1e-9, left - ratio)


def _scenario(learned: Learned) -> Table:
    arrivals, longest_s = (
        learned.arrivals,
        max((each.number for each in learned.response if each.value), default=1.0),
    )
    busy = max(arrivals.rates_per_s) * longest_s
    threads = min(MOST_THREADS, max(LEAST_THREADS, ceil(THREADS_PER_BUSY * busy)))
    phase: Table = {
        "shape": "steps", "rates_per_s": list(arrivals.rates_per_s), "step_s": arrivals.step_s,
        "spacing": "constant" if arrivals.kind == "constant" else "poisson",
    }  # fmt: skip
    if _bursty(learned):
        phase = {"shape": "replay", "trace": TRACE}
    return {
        "name": "learned",
        "description": f"Learned from {learned.requests:,} requests.",
        "upstream": UPSTREAM,
        "journey": "scenarios.journeys.mix:one_request",
        "service": {"threads": threads},
        "arrivals": [phase],
        "mix": [
            {
                "name": each.route, "method": method_of(each.route),
                "path": path_of(each.route).replace("*", "1"), "weight": round(max(each.share.number, 1e-6), 6),
            }
            for each in learned.routes
        ],
    }  # fmt: skip


def method_of(route: str) -> str:
    """The method of `GET /orders/{id}`; GET for a route without one."""
    found = re.match(r"([A-Z]{1,20}) ", route)
    return found[1] if found else "GET"


def path_of(route: str) -> str:
    """The path of `GET /orders/{id}` as a glob, `/orders/*`; a route without a path gets one from its name."""
    path = route.partition(" ")[2] if method_of(route) != "GET" or route.startswith("GET ") else route
    if path.startswith("/"):
        return re.sub(r"\{[^}/]*\}", "*", re.sub(r"[\[\]?*]", "_", path))
    return "/" + re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
