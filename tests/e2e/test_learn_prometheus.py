"""A real Prometheus is learned from: classic histograms, native ones, and traffic that a journal lacks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import surgeline
from benchmarks.learned_systems import one_session, send
from harness.analyse.schedule import arrival_times
from harness.lab.upstream_process import UpstreamProcess
from harness.learn.counter_steps import Selector
from harness.learn.exchange_store import exchange_store
from harness.learn.scraped_estimate import CLASSIC, NATIVE, learn_scraped
from harness.learn.scraped_traffic import of_service
from harness.learn.second_source import SecondCounter
from harness.learn.sources import read_files
from harness.model.arrivals import Constant
from harness.observe.prometheus_api import Prometheus
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile
from tests.e2e.remote_write import HistogramSample, write_histograms
from tests.e2e.servers import prometheus

SECONDS, RATE_PER_S, HIDDEN_PER_S, SCRAPE_S = 24.0, 30.0, 15.0, 1.0
CONFIGURATION = """
global: {{ scrape_interval: 1s, scrape_timeout: 1s }}
scrape_configs:
  - {{ job_name: service, static_configs: [{{ targets: ["127.0.0.1:{service}"] }}] }}
  - {{ job_name: upstream, static_configs: [{{ targets: ["{upstream}"] }}] }}
"""
OPTIONS = ("--enable-feature=native-histograms", "--web.enable-remote-write-receiver")
PROFILE = {
    "name": "p", "service_time": {"distribution": "lognormal", "median_s": 0.03, "sigma": 0.3},
    "fault": [{"kind": "status", "status": 503, "ratio": 0.1}],
}  # fmt: skip


class Seen(NamedTuple):
    """A Prometheus with 24 s of traffic, of which the journal has two thirds."""

    source: Prometheus
    journal: Path
    start_s: float
    end_s: float


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """One service with a journal and metrics, and one of which nothing is known, before the same upstream."""
    folder = tmp_path_factory.mktemp("scraped")
    upstream = UpstreamProcess(build(Profile, PROFILE, "p"))
    try:
        upstream.wait_ready()
        with one_session() as session, one_session() as hidden:
            service = surgeline.instrument(session, route=lambda request: f"GET {request.path_url}")
            exporter = surgeline.export(service, service="orders", journal=folder / "journal.jsonl")
            config = folder / "prometheus.yml"
            control = upstream.admin.removeprefix("http://")
            config.write_text(CONFIGURATION.format(service=exporter.port, upstream=control))
            with prometheus(config, folder, *OPTIONS) as server:
                start_s = time.time()
                loads = [
                    threading.Thread(target=send, args=(each, f"{upstream.url}/orders/1", _times(rate, seed)))
                    for seed, (each, rate) in enumerate(((session, RATE_PER_S), (hidden, HIDDEN_PER_S)))
                ]
                for load in loads:
                    load.start()
                for load in loads:
                    load.join()
                time.sleep(2 * SCRAPE_S)
                yield Seen(Prometheus(server.url), folder / "journal.jsonl", start_s, time.time())
    finally:
        upstream.stop()


def _times(rate_per_s: float, seed: int) -> list[float]:
    times_s: list[float] = arrival_times([Constant(rate_per_s=rate_per_s, duration_s=SECONDS)], seed).tolist()
    return times_s


def _ended(journal: Path, begin_s: float, end_s: float) -> int:
    """The requests of a journal that ended in this time."""
    with exchange_store() as store:
        read_files(store, [journal])
        return int(
            store.value("SELECT count(*) FROM exchanges WHERE ended_s BETWEEN ? AND ?", [begin_s, end_s])
        )


def test_a_services_classic_histogram_tells_rates_percentiles_errors_and_retries(seen: Seen) -> None:
    found = learn_scraped(seen.source, of_service("orders"), seen.start_s, seen.end_s)

    assert found.kind == CLASSIC
    assert found.requests == pytest.approx(_ended(seen.journal, found.first_s, found.last_s), abs=RATE_PER_S)
    assert max(found.arrivals.rates_per_s) == pytest.approx(RATE_PER_S, rel=0.2)
    (p50, _, _), (route,) = found.response, found.routes
    assert p50.low is not None
    assert p50.low <= 0.033 <= (p50.high or 0)
    assert route.errors.number == pytest.approx(0.1, abs=0.05)
    assert found.attempts_per_call is not None
    assert found.attempts_per_call.number == pytest.approx(1.0, abs=0.02)
    assert found.workers is None
    assert "known only weakly" in found.unknown[0].why


def test_a_third_of_the_traffic_that_a_journal_lacks_is_found_in_the_upstreams_counter(seen: Seen) -> None:
    counter = SecondCounter(seen.source, Selector.parsed("surgeline_upstream_requests_total"))
    with exchange_store() as store:
        read_files(store, [seen.journal])
        found = counter.hidden_from(store)

    assert found.number == pytest.approx(HIDDEN_PER_S / (RATE_PER_S + HIDDEN_PER_S), abs=0.1)


def test_a_native_histogram_is_read_as_finely_as_it_is(seen: Seen) -> None:
    now_s, rng = float(int(time.time())), np.random.default_rng(1)
    labels = {
        "__name__": "http_server_request_duration_seconds", "job": "orders", "http_route": "/orders/{id}",
        "http_request_method": "GET",
    }  # fmt: skip
    for status, per_step in (("200", 90), ("503", 10)):
        values_s = rng.lognormal(np.log(0.05), 0.5, 60 * per_step).tolist()
        samples = [HistogramSample(now_s - 120 + 2 * k, values_s[: k * per_step]) for k in range(1, 61)]
        write_histograms(seen.source.url, {**labels, "http_response_status_code": status}, samples)
    metric = Selector.parsed('http_server_request_duration_seconds{job="orders"}')
    found = learn_scraped(seen.source, metric, now_s - 120, now_s)

    assert found.kind == NATIVE
    assert found.requests == 59 * 100
    assert found.arrivals.mean.number == pytest.approx(50.0)
    for each, truth_s in zip(
        found.response, (0.05, 0.05 * np.exp(0.5 * 1.645), 0.05 * np.exp(0.5 * 2.326)), strict=True
    ):
        assert each.number == pytest.approx(truth_s, rel=0.1)
        assert each.high is not None
        assert each.low is not None
        assert each.high / each.low == pytest.approx(2 ** (1 / 8), rel=0.001)
    (route,) = found.routes
    assert (route.route, route.statuses) == ("GET /orders/{id}", ((503, 0.1),))
    assert found.attempts_per_call is None
    assert "retries" in {each.quantity for each in found.unknown}
