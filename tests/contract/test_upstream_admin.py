"""The control API: what the harness and people steer an upstream with."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_upstream.admin import ControlApi
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from tests.faults.wire_client import rows


@pytest.fixture
def upstream() -> Iterator[EmbeddedUpstream]:
    table = {"name": "steered", "timeline": [{"at_s": 0.05, "for_s": 0.1, "fault": {"kind": "empty"}}]}
    with EmbeddedUpstream(build(Profile, table, "test"), hold_timeline=True) as running:
        yield running


def _get(upstream: EmbeddedUpstream, path: str) -> Any:
    return requests.get(upstream.admin + path, timeout=5).json()


def test_the_ledger_is_columns_that_are_read_on_from_next(upstream: EmbeddedUpstream) -> None:
    for number in range(5):
        requests.get(
            f"{upstream.url}/status/20{number % 3}", headers={"X-Surgeline-Key": f"{number}.1"}, timeout=5
        )
    rows(upstream, 5)

    first = _get(upstream, "/ledger?limit=3")
    rest = _get(upstream, f"/ledger?after={first['next']}&limit=1000")

    assert first["columns"]["key"] + rest["columns"]["key"] == ["0.1", "1.1", "2.1", "3.1", "4.1"]
    assert (first["next"], rest["next"], rest["lost"]) == (3, 5, 0)
    assert rest["columns"]["status"] == [200, 201]
    assert {len(column) for column in rest["columns"].values()} == {2}


def test_a_held_timeline_begins_on_request_and_records_its_events(upstream: EmbeddedUpstream) -> None:
    epoch_s = upstream.now() + 0.02
    assert _get(upstream, "/events")["events"] == []

    requests.post(upstream.admin + "/timeline/start", json={"epoch_s": epoch_s}, timeout=5)
    deadline_s = time.monotonic() + 30
    while len(events := _get(upstream, "/events")["events"]) < 2:
        assert time.monotonic() < deadline_s

    assert [(event["name"], event["action"]) for event in events] == [("empty", "on"), ("empty", "off")]
    offsets = [event["at_s"] - epoch_s for event in events]
    assert 0.05 <= offsets[0] <= offsets[1] - 0.05
    assert _get(upstream, "/events?after=1")["events"] == events[1:]


def test_a_fault_is_activated_listed_and_deactivated(upstream: EmbeddedUpstream) -> None:
    fault = {"kind": "status", "status": 429, "name": "mine"}
    assert requests.post(upstream.admin + "/faults", json=fault, timeout=5).status_code == 201
    assert requests.get(upstream.url + "/get", timeout=5).status_code == 429
    assert [told["label"] for told in _get(upstream, "/faults")["faults"]] == ["mine"]

    assert requests.delete(upstream.admin + "/faults/mine", timeout=5).json() == {"off": ["mine"]}

    assert requests.get(upstream.url + "/get", timeout=5).status_code == 200
    assert requests.delete(upstream.admin + "/faults/mine", timeout=5).status_code == 404


def test_capacity_changes_while_requests_wait(upstream: EmbeddedUpstream) -> None:
    requests.patch(upstream.admin + "/capacity", json={"workers": 1}, timeout=5)
    began_s = time.monotonic()
    waiting = [
        threading.Thread(target=requests.get, args=(upstream.url + "/delay/0.3",), kwargs={"timeout": 9})
        for _ in range(5)
    ]
    for thread in waiting:
        thread.start()
    while _get(upstream, "/state")["queue_depth"] < 4:
        assert time.monotonic() - began_s < 5

    told = requests.patch(upstream.admin + "/capacity", json={"workers": 5}, timeout=5).json()
    for thread in waiting:
        thread.join(timeout=10)

    assert told["workers"] == 5
    assert time.monotonic() - began_s < 5 * 0.3


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("POST", "/faults", {"kind": "statu"}, 'fault.kind is "statu"; it must be one of'),
        ("POST", "/faults", {"kind": "empty", "region": "eu"}, "region is eu; it must be one of main, or *"),
        ("POST", "/faults", [], "the body must be a JSON object"),
        ("PATCH", "/capacity", {"workers": 0}, "PATCH /capacity: workers is 0; it must be at least 1"),
        ("POST", "/timeline/start", {"epoch_s": "now"}, "epoch_s must be a number of monotonic seconds"),
        ("GET", "/ledger?after=x", None, "after must be a number, not x"),
        ("GET", "/conformance?backoff_s=x", None, "backoff_s must be numbers of seconds"),
    ],
)
def test_bad_input_is_reported_in_one_line(
    upstream: EmbeddedUpstream, method: str, path: str, body: Any, problem: str
) -> None:
    response = requests.request(method, upstream.admin + path, json=body, timeout=5)

    assert response.status_code == 400
    assert problem in response.json()["error"]


def test_the_judgement_is_served(upstream: EmbeddedUpstream) -> None:
    for attempt in (0, 1):
        headers = {"X-Surgeline-Key": "1.1", "X-Surgeline-Attempt": str(attempt)}
        requests.post(upstream.url + "/orders", json={}, headers=headers, timeout=5)
    rows(upstream, 2)

    judgement = _get(upstream, "/conformance?backoff_s=10")

    assert judgement["repeated_effects"] == ["1.1#1"]
    assert judgement["too_soon"] == ["1.1#1"]


def test_metrics_are_prometheus_text(upstream: EmbeddedUpstream) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    requests.get(upstream.url + "/delay/0.01", timeout=5)
    rows(upstream, 1)

    families = {
        family.name: family
        for family in text_string_to_metric_families(
            requests.get(upstream.admin + "/metrics", timeout=5).text
        )
    }

    assert families["surgeline_upstream_requests"].samples[0].labels["status"] == "200"
    assert families["surgeline_upstream_delay_error_seconds"].type == "histogram"
    assert {"surgeline_upstream_queue_depth", "surgeline_upstream_busy_workers"} <= families.keys()


def test_with_a_token_other_requests_get_401(upstream: EmbeddedUpstream) -> None:
    admin = ControlApi(upstream.upstream, {}, token="sesame")
    url = admin.start("127.0.0.1", 0) + "/health"
    try:
        statuses = [
            requests.get(url, headers=headers, timeout=5).status_code
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer sesame"})
        ]
    finally:
        admin.stop()

    assert statuses == [401, 401, 200]


def test_a_web_page_may_not_steer_it(upstream: EmbeddedUpstream) -> None:
    headers = {"Origin": "http://evil.example"}

    assert requests.post(upstream.admin + "/reset", headers=headers, timeout=5).status_code == 403
