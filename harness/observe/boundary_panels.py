"""The panels of production's boundary: its own numbers, from OpenTelemetry's instrumentation, beside the lab's."""

from __future__ import annotations

from harness.observe.panels import ATTEMPTS, Panel, Query, quantile, rate


def _service(series: str, by: str = "job", matchers: str = "") -> str:
    return f'sum by ({by}) (rate({ATTEMPTS}_{series}{{job=~"$service"{matchers}}}[WINDOW]))'


_LAB = "lab: {{policy}}"
_LAB_FAILED = rate(ATTEMPTS + "_count", 'SELECT, error_type!=""')
_FAILED = _service("count", matchers=', error_type!=""')
BOUNDARY = (
    Panel(
        "Attempts per second, and the lab's limit", "1/s", "Production has headroom while it stays below the line.",
        (
            Query("{{job}}", _service("count")),
            Query("safe limit, from surgeline range", "vector($safe_limit_per_s)"),
            Query(_LAB, rate(ATTEMPTS + "_count")),
        ),
    ),
    Panel(
        "Headroom to the limit", "ratio", "The remaining share of the safe limit; below 20% plan, below 0 act.",
        (Query("{{job}}", f"1 - {_service('count')} / $safe_limit_per_s"),), headline=True,
    ),
    Panel(
        "p99 of an attempt", "s", "If production is above the lab, its upstream is slower than the lab assumed.",
        (
            Query("{{job}}", f"histogram_quantile(0.99, {_service('bucket', 'job, le')})"),
            Query(_LAB, quantile(0.99, ATTEMPTS)),
        ),
    ),
    Panel(
        "Failed attempts", "ratio", "By error.type, which is a status or the kind of failure.",
        (
            Query("{{job}}", f"{_FAILED} / {_service('count')}"),
            Query(_LAB, f"{_LAB_FAILED} / {rate(ATTEMPTS + '_count')}"),
        ),
    ),
    Panel(
        "CPU", "s/s", "CPU per process; a saturated CPU is not a fault of the policy.",
        (Query("{{job}} {{instance}}", 'rate(process_cpu_seconds_total{job=~"$service"}[WINDOW])'),),
    ),
    Panel(
        "Descriptors", "count", "Leaked connections appear here first.",
        (Query("{{job}} {{instance}}", 'process_open_fds{job=~"$service"}'),),
    ),
)  # fmt: skip
