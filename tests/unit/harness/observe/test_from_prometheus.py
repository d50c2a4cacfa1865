"""A run put together from what a Prometheus answers."""

import time

import pytest

from harness.model.errors import PrometheusError
from harness.observe.from_prometheus import ScrapedHistogram, scraped_run
from harness.observe.prometheus_api import Prometheus, TimeSeries

NOW_S = time.time()
RUN = "20260301-080000-slow-careful-abcdef"
INFO = {"run": RUN, "policy": "careful", "scenario": "slow", "seed": "7"}


class Answers:
    """A Prometheus that has scraped one run of two processes, with the same answer to all that is alike."""

    def __init__(self, runs: tuple[str, ...] = (RUN,)) -> None:
        self.runs, self.asked = runs, list[str]()

    def label_values(self, label: str, series: str) -> list[str]:
        assert (label, series) == ("run", "surgeline_run_info")
        return list(self.runs)

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        self.asked.append(expression)
        if expression.startswith("surgeline_run_info"):
            times = (NOW_S - 20.0, NOW_S - 10.0)
            return [
                TimeSeries({**INFO, "instance": f"127.0.0.1:{port}"}, times, (1.0, 1.0)) for port in (1, 2)
            ]
        if "by (le)" in expression:
            counts = {"0.1": 90.0, "0.2": 98.0, "+Inf": 100.0}
            return [TimeSeries({"le": bound}, (NOW_S,), (count,)) for bound, count in counts.items()]
        if "by (reason)" in expression:
            return [TimeSeries({"reason": "503"}, (NOW_S,), (20.0,))]
        count = 5.0 if "outcome!=" in expression else 60.0 if "request" in expression else 50.0
        return [TimeSeries({"instance": f"127.0.0.1:{port}"}, (NOW_S,), (count,)) for port in (1, 2)]


def test_the_processes_of_a_run_are_added_up() -> None:
    seen = scraped_run(Answers(), "latest")
    measured = {name: m.value for name, m in seen.measurements.items()}

    assert seen.instances == ("127.0.0.1:1", "127.0.0.1:2")
    assert (measured["calls"], measured["attempts"], measured["retries.503"]) == (100.0, 120.0, 20.0)
    assert (measured["error_ratio"], measured["amplification"]) == (0.1, 1.2)


def test_only_the_run_s_processes_and_seconds_are_queried() -> None:
    source = Answers()
    scraped_run(source, RUN)

    counted = [asked for asked in source.asked if "sum by" in asked]
    assert all(r"{instance=~`127\.0\.0\.1:1|127\.0\.0\.1:2`" in asked for asked in counted)
    assert all("[10001ms]" in asked for asked in counted)


@pytest.mark.parametrize(
    ("q", "value", "low", "high"), [(0.45, 0.05, 0.0, 0.1), (0.94, 0.15, 0.1, 0.2), (0.99, 0.2, 0.2, None)]
)
def test_a_quantile_comes_with_its_bucket(q: float, value: float, low: float, high: float | None) -> None:
    histogram = ScrapedHistogram((0.1, 0.2, float("inf")), (90.0, 98.0, 100.0))

    measured = histogram.quantile("latency.p99", q)

    assert measured.value == pytest.approx(value)
    assert (measured.low, measured.high, measured.n) == (low, high, 100)


def test_an_empty_bucket_never_holds_a_quantile() -> None:
    histogram = ScrapedHistogram((0.1, 0.2, 0.3, float("inf")), (50.0, 50.0, 100.0, 100.0))

    assert histogram.quantile("latency.p51", 0.51).low == 0.2


@pytest.mark.parametrize(
    ("name", "problem"), [("nothing", "no scraped run matches"), ("2026", "2 scraped runs match")]
)
def test_a_name_that_does_not_fit_exactly_one_run_is_refused(name: str, problem: str) -> None:
    with pytest.raises(PrometheusError, match=problem):
        scraped_run(Answers(("20260101-000000-a-b-c", "20260101-000001-a-b-c")), name)


@pytest.mark.parametrize("url", ["prometheus:9090", "file:///etc/passwd", ""])
def test_only_http_urls_are_queried(url: str) -> None:
    with pytest.raises(PrometheusError, match="is not a URL"):
        Prometheus(url)


def test_a_run_whose_name_tells_no_time_is_read_too() -> None:
    assert scraped_run(Answers(("trial",)), "trial").run == "trial"


class Failing(Answers):
    """The same run, of whose calls this many of a hundred succeeded, all within 0.1 s."""

    def __init__(self, good: float) -> None:
        super().__init__()
        self.good = good

    def at(self, expression: str, at_s: float | None = None) -> list[TimeSeries]:
        if "by (le)" in expression and 'outcome="ok"' in expression:
            bounds = ("0.1", "0.2", "+Inf") if self.good else ()
            return [TimeSeries({"le": bound}, (NOW_S,), (self.good,)) for bound in bounds]
        return super().at(expression, at_s)


@pytest.mark.parametrize(
    ("good", "reached"), [(100.0, ["p50", "p95", "p99", "p999"]), (96.0, ["p50", "p95"]), (0.0, [])]
)
def test_a_scraped_quantile_of_latency_that_failed_calls_reach_has_no_value(
    good: float, reached: list[str]
) -> None:
    seen = scraped_run(Failing(good), RUN).measurements

    latencies = {name.removeprefix("latency."): m for name, m in seen.items() if name.startswith("latency.")}
    assert [name for name, m in latencies.items() if m.value is not None] == reached
    assert all((m.low, m.high, m.n) == (0.2, None, 100) for m in latencies.values() if m.value is None)


def test_a_scraped_wait_is_as_measured_whatever_came_of_the_call() -> None:
    assert scraped_run(Failing(0.0), RUN).measurements["pool_wait.p50"].value == pytest.approx(0.1 * 50 / 90)
