"""Our own series say exactly what prometheus_client says, sample by sample."""

import random

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from harness.observe.catalogue import SECONDS_BUCKETS, Metric
from harness.observe.fast_metrics import Family

LABELS = ("policy", "scenario", "route")
ROUTES = ("GET /orders", 'say "hi"', "a\\b\nc")


def samples(text: str) -> set[tuple[str, frozenset[tuple[str, str]], float]]:
    """All samples of a text but when they began, which only prometheus_client says."""
    return {
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_the_text_of_every_kind_is_the_same() -> None:
    registry, rng = CollectorRegistry(), random.Random(1)
    histogram = Histogram("x_seconds", "X.", LABELS, registry=registry, buckets=SECONDS_BUCKETS)
    counter = Counter("y_total", "Y.", LABELS, registry=registry)
    gauge = Gauge("z", "Z.", LABELS, registry=registry)
    run_labels = {"policy": "p", "scenario": "s"}
    ours = [
        Family(Metric("x_seconds", "histogram", "seconds", "X.", ("route",)), run_labels),
        Family(Metric("y_total", "counter", "", "Y.", ("route",)), run_labels),
        Family(Metric("z", "gauge", "", "Z.", ("route",)), run_labels),
    ]
    for _ in range(2_000):
        route = rng.choice(ROUTES)
        seconds = rng.choice((*SECONDS_BUCKETS, rng.expovariate(3.0), 100.0))
        histogram.labels("p", "s", route).observe(seconds)
        ours[0].histogram(route).observe(seconds)
        counter.labels("p", "s", route).inc(2)
        ours[1].value(route).add(2)
        gauge.labels("p", "s", route).set(seconds)
        ours[2].value(route).value = seconds

    text = "".join(line + "\n" for family in ours for line in family.lines())

    assert samples(text) == samples(generate_latest(registry).decode())
