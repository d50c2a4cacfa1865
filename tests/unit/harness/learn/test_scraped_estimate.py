"""What a histogram of a Prometheus tells, and what it does not."""

from __future__ import annotations

import pytest

from harness.inputs.scenarios import read_scenario
from harness.learn.counter_steps import Selector
from harness.learn.scraped_estimate import CLASSIC, NATIVE, learn_scraped
from harness.learn.scraped_traffic import of_service
from harness.learn.written_files import written_texts
from tests.unit.harness.learn.scraped import SECONDS, START_S, Scraped

OK, FAILED, LATE = (
    (("route", "GET /a"), ("outcome", "ok")),
    (("route", "GET /a"), ("outcome", "http_5xx")),
    (
        ("route", "GET /b"),
        ("outcome", "read_timeout"),
    ),
)
END_S = START_S + SECONDS


def test_rates_errors_retries_and_percentiles_come_with_what_is_unknown(tmp_path) -> None:
    source = Scraped({OK: 80.0, FAILED: 10.0, LATE: 10.0}, attempts_per_s=120.0)
    found = learn_scraped(source, of_service("orders"), START_S, END_S)

    assert (found.kind, found.requests, found.arrivals.mean.value) == (CLASSIC, 6000, 100.0)
    assert [(route.route, route.errors.number) for route in found.routes] == [
        ("GET /a", pytest.approx(1 / 9)),
        ("GET /b", 1.0),
    ]
    assert found.attempts_per_call is not None
    assert found.attempts_per_call.value == pytest.approx(1.2)
    assert found.timed_out is not None
    assert found.timed_out.value == pytest.approx(0.1)
    p50, p95, _ = found.response
    assert (p50.low, p50.high) == (0.1, 0.2)
    assert (p95.value, p95.low) == (None, 0.2)
    assert found.workers is None
    assert "known only weakly: 10 calls were under way" in found.unknown[0].why
    for name, text in written_texts(found).items():
        (tmp_path / name).write_text(text)
    assert read_scenario(str(tmp_path / "scenario.toml")).upstream.capacity.workers is None


def test_a_native_histogram_of_any_name_is_read(tmp_path) -> None:
    status = {"http_route": "/a", "http_request_method": "GET", "http_response_status_code": "503"}
    good = {**status, "http_response_status_code": "200"}
    source = Scraped({tuple(good.items()): 30.0, tuple(status.items()): 10.0}, native=True)
    found = learn_scraped(source, Selector("http_server_request_duration_seconds"), START_S, END_S)

    assert (found.kind, found.requests) == (NATIVE, 2400)
    assert [(route.route, route.statuses) for route in found.routes] == [("GET /a", ((503, 0.25),))]
    assert (found.response[1].low, found.response[1].high) == (0.1, 0.2)
    assert (found.timed_out, found.attempts_per_call) == (None, None)
    assert "retries" in {each.quantity for each in found.unknown}
