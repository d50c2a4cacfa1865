"""The control API: what the harness and people steer an upstream with."""

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_upstream.admin.api import ControlApi
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
    on_s, off_s = (event["at_s"] - epoch_s for event in events)
    assert on_s >= 0.05
    assert off_s >= 0.15
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
        ("GET", "/ledger?after=x", None, "after must be a number of at most 15 digits, not x"),
        ("GET", "/ledger?after=²", None, "after must be a number of at most 15 digits, not ²"),
        ("GET", "/ledger?limit=" + "9" * 5000, None, "limit must be a number of at most 15 digits, not 99"),
        ("GET", "/events?after=-1", None, "after must be a number of at most 15 digits, not -1"),
        ("GET", "/conformance?backoff_s=nan", None, "backoff_s must be numbers of seconds"),
        ("POST", "/timeline/start", {"epoch_s": True}, "epoch_s must be a number of monotonic seconds"),
        ("GET", "/conformance?backoff_s=x", None, "backoff_s must be numbers of seconds"),
    ],
)
def test_bad_input_is_reported_in_one_line(
    upstream: EmbeddedUpstream, method: str, path: str, body: Any, problem: str
) -> None:
    response = requests.request(method, upstream.admin + path, json=body, timeout=5)

    assert response.status_code == 400
    assert problem in response.json()["error"]


_BODIES = [
    ("nesting", b"[" * 100_000, "recursion limit exceeded"),
    (
        "an oversized integer",
        b'{"epoch_s": %d, "toxicity": %d}' % (2**63, 2**63),
        "an integer of more than 64 bits",
    ),
    ("5,000 digits", b'{"x": ' + b"9" * 5000 + b"}", "number out of range"),
    ("an infinite float", b'{"epoch_s": 1e999, "toxicity": 1e999}', "a number that is too large"),
    ("NaN", b'{"epoch_s": NaN}', "the body is not valid JSON"),
    ("Infinity", b'{"epoch_s": Infinity}', "the body is not valid JSON"),
    ("no UTF-8", b"\xff", "the body is not text"),
    ("a lone surrogate", b'{"name": "\\ud800"}', "the body is not valid JSON"),
]
_PATHS = [
    ("POST", "/timeline/start"),
    ("POST", "/faults"),
    ("PATCH", "/capacity"),
    ("POST", "/populate"),
    ("POST", "/proxies"),
    ("PATCH", "/proxies/main"),
    ("POST", "/proxies/main/toxics"),
]


@pytest.mark.parametrize(("method", "path"), _PATHS)
def test_a_body_that_is_no_usable_json_is_reported_in_one_line(
    upstream: EmbeddedUpstream, method: str, path: str
) -> None:
    for name, body, problem in _BODIES:
        headers = {"Content-Type": "application/json; charset=none-such"}
        response = requests.request(method, upstream.admin + path, data=body, headers=headers, timeout=5)
        error = response.json()["error"]

        assert response.status_code == 400, name
        assert problem in error, name
        assert "\n" not in error, name
        assert len(error) < 300, name


@pytest.mark.parametrize(("method", "path"), _PATHS)
@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 1e308])
def test_the_largest_numbers_are_no_error_of_the_server(
    upstream: EmbeddedUpstream, method: str, path: str, number: float
) -> None:
    body = dict.fromkeys(("epoch_s", "toxicity", "workers", "queue", "add_s", "ttl_s", "status"), number)
    for kind in ("latency", "status"):
        response = requests.request(method, upstream.admin + path, json={"kind": kind, **body}, timeout=5)
        assert response.status_code < 500, response.text


def _status(upstream: EmbeddedUpstream, path: str, headers: dict[str, str]) -> int:
    return requests.get(upstream.admin + path, headers=headers, timeout=5).status_code


@pytest.mark.parametrize("path", ["/ledger", "/state", "/metrics", "/health", "/proxies"])
def test_a_name_of_another_site_is_refused(upstream: EmbeddedUpstream, path: str) -> None:
    port = upstream.admin.rpartition(":")[2]

    for name in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[::2]",
    ):
        response = requests.get(upstream.admin + path, headers={"Host": name}, timeout=5)
        assert response.status_code == 403
        assert f"{name} is not a name of this control API" in response.json()["error"]


def test_its_own_names_are_answered_with_any_port(upstream: EmbeddedUpstream) -> None:
    names = ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"]

    assert [_status(upstream, "/state", {"Host": name}) for name in names] == [200] * 4
    assert [_status(upstream, "/state", {"Host": f"{name}:80"}) for name in names] == [200] * 4


def test_a_configured_name_and_the_bound_address_are_own_names(upstream: EmbeddedUpstream) -> None:
    admin = ControlApi(upstream.upstream, {}, names=["Upstream"])
    port = admin.start("0.0.0.0", 0).rpartition(":")[2]  # noqa: S104 - as in a container
    try:
        reached = requests.get(f"http://127.0.0.2:{port}/state", timeout=5)
        statuses = [
            requests.get(
                f"http://127.0.0.1:{port}/state", headers={"Host": f"{name}:8081"}, timeout=5
            ).status_code
            for name in ("upstream", "upstream.evil.example")
        ]
    finally:
        admin.stop()

    assert (reached.status_code, statuses) == (200, [200, 403])


def test_the_upstream_of_compose_knows_the_name_that_prometheus_uses() -> None:
    root = Path(__file__).parents[2]
    targets = json.loads((root / "deploy" / "compose" / "targets.json").read_text())
    names = {
        target.partition(":")[0]
        for group in targets
        if group["labels"]["job"] == "surgeline-upstream"
        for target in group["targets"]
    }

    assert names
    assert names <= set(re.findall(r"--admin-name (\S+)", (root / "docker-compose.yml").read_text()))


def test_the_service_answers_to_any_name(upstream: EmbeddedUpstream) -> None:
    headers = {"Host": "shop.example", "Origin": "http://evil.example"}

    assert requests.get(upstream.url + "/get", headers=headers, timeout=5).status_code == 200


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


@pytest.mark.parametrize("path", ["/ledger", "/state", "/metrics"])
def test_a_page_of_another_site_is_refused(upstream: EmbeddedUpstream, path: str) -> None:
    for origin in ("http://evil.example", "null", "http://localhost:8501", "http://127.0.0.1:1"):
        assert _status(upstream, path, {"Origin": origin}) == 403
    assert requests.post(upstream.admin + "/reset", headers={"Origin": "null"}, timeout=5).status_code == 403
    assert _status(upstream, path, {"Origin": upstream.admin}) == 200
