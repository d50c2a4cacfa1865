"""Writes docs/metrics.md from the table of metrics: `python -m harness.observe.reference > docs/metrics.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from harness.observe.catalogue import LABELS, METRICS, PROCESS_METRICS, RUN_LABELS, SECONDS_BUCKETS, Metric

HEAD = """\
# Metrics of a driver process

<!-- Generated: python -m harness.observe.reference > docs/metrics.md -->

A driver is one process of the service under test. While a run lives it answers scrapes on a loopback port;
[prometheus.md](prometheus.md) says how Prometheus finds it. Every metric but the process's own has the labels
`{run_labels}`.
"""
TEXT_HEAD = "| metric | type | unit | further labels | meaning |\n|---|---|---|---|---|"
LABEL_HEAD = "| label | values at most | values |\n|---|---|---|"
BUCKETS = """\
## Buckets

All histograms have these bounds, in seconds: {bounds}, and +Inf. A quantile from Prometheus is right to within
the bucket that it lies in; `surgeline show --from-prometheus` prints that bucket.
"""


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield HEAD.format(run_labels="` and `".join(RUN_LABELS))
    yield "## Calls, attempts, pools and the run\n"
    yield from _metrics(METRICS)
    yield "\n## The process\n"
    yield from _metrics(PROCESS_METRICS)
    yield "\n## Labels\n\nNo label has an id or a URL for its value, but the run's on `surgeline_run_info`.\n"
    yield LABEL_HEAD
    for label in LABELS:
        yield f"| `{label.name}` | {label.at_most} | {label.values} |"
    yield "\n" + BUCKETS.format(bounds=", ".join(f"{bound:g}" for bound in SECONDS_BUCKETS)).rstrip()


def _metrics(metrics: Iterable[Metric]) -> Iterator[str]:
    yield TEXT_HEAD
    for metric in metrics:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
        yield f"| `{metric.name}` | {metric.kind} | {metric.unit or '–'} | {labels} | {metric.help} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
