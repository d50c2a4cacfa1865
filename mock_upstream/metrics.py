"""What Prometheus scrapes: the upstream's own view, in the text format."""

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from mock_upstream.delay_error import BOUNDS_S

if TYPE_CHECKING:
    from mock_upstream.server import Upstream


def exposition(upstream: "Upstream") -> str:
    """Return all metrics as text."""
    state = upstream.state()
    gauges = {
        "queue_depth": ("Requests that wait for a worker", state["queue_depth"]),
        "busy_workers": ("Workers that work", state["busy_workers"]),
        "in_flight": ("Requests that have arrived and are not yet answered", state["in_flight"]),
        "connections": ("Open client connections", state["connections"]),
        "loop_lag_seconds": ("How late the event loop is", state["loop_lag_s"]),
        "faults_on": ("Faults that are on", state["faults_on"]),
    }
    lines = [*_requests(upstream), *_delay_errors(upstream)]
    for name, (told, value) in gauges.items():
        lines += _head(name, "gauge", told)
        lines.append(f"surgeline_upstream_{name} {value}")
    lines += _head(
        "abandoned_total", "counter", "Requests whose client left while they waited or were worked on"
    )
    lines.append(f"surgeline_upstream_abandoned_total {state['abandoned']}")
    return "\n".join(lines) + "\n"


def _requests(upstream: "Upstream") -> list[str]:
    counts: Counter[tuple[str, int, str]] = Counter()
    for service in upstream.services:
        for (status, fault), n in service.outcomes.copy().items():
            counts[service.region, status, fault] += n
    lines = _head("requests_total", "counter", "Attempts that have ended")
    for (region, status, fault), n in sorted(counts.items()):
        labels = f'region="{_escaped(region)}",status="{status}",fault="{_escaped(fault)}"'
        lines.append(f"surgeline_upstream_requests_total{{{labels}}} {n}")
    return lines


def _delay_errors(upstream: "Upstream") -> list[str]:
    name = "surgeline_upstream_delay_error_seconds"
    counts = [sum(column) for column in zip(*(s.delay_errors.counts for s in upstream.services), strict=True)]
    lines = _head("delay_error_seconds", "histogram", "Actual minus intended delay")
    for bound, n in zip([*map(str, BOUNDS_S), "+Inf"], accumulate(counts), strict=True):
        lines.append(f'{name}_bucket{{le="{bound}"}} {n}')
    lines.append(f"{name}_sum {sum(service.delay_errors.total_s for service in upstream.services)}")
    lines.append(f"{name}_count {sum(counts)}")
    return lines


def _head(name: str, kind: str, told: str) -> list[str]:
    return [f"# HELP surgeline_upstream_{name} {told}.", f"# TYPE surgeline_upstream_{name} {kind}"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
