"""A live service: three lines, real threads, the lab's metrics, and no Locust."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from harness.observe.service_exporter import export
from harness.session.trace.instrument import instrument
from tests.load.served import upstream

SCRIPT = """
import sys
import requests
from surgeline import export, instrument
export(instrument(requests.Session()))
assert not {"locust", "gevent"} & set(sys.modules), "the lab's driver came along"
"""


def _scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def _value(text: str, start: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))


def test_a_service_exports_what_the_lab_exports() -> None:
    with upstream({"kind": "status", "status": 503, "ratio": 0.2}) as served, requests.Session() as session:
        session.trust_env = False
        session.mount(
            "http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=[503], raise_on_status=False))
        )
        production = export(instrument(session), service="orders", thresholds=["p99(latency) < 250ms"])
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(session.get, [served.url + "/get"] * 400))
        text = _scraped(production.port)
    assert sum(answer.ok for answer in answers) > 390
    assert _value(text, "surgeline_call_duration_seconds_count") == 400
    assert (
        _value(text, "surgeline_retries_total")
        == _value(text, "http_client_request_duration_seconds_count") - 400
    )
    assert _value(text, "surgeline_pool_idle") > 0
    assert _value(text, "surgeline_pool_in_use") == 0
    assert _value(text, "surgeline_slo_calls_total") == 400
    assert 'policy="orders"' in text
    assert f'route="GET {served.url.removeprefix("http://")}"' in text


def test_the_journal_has_every_attempt_and_the_servers_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with upstream({"kind": "latency", "add_s": 0.05}) as served, requests.Session() as session:
        session.trust_env = False
        export(instrument(session), journal=path)
        for number in range(5):
            session.get(f"{served.url}/delay/0?secret={number}")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["call"], row["attempt"], row["status"]) for row in rows] == [(n, 0, 200) for n in range(5)]
    assert [row["new_connection"] for row in rows] == [True, False, False, False, False]
    seconds = [row["answered_s"] - row["sent_s"] for row in rows]
    assert min(seconds) > 0.045, seconds
    assert sorted(seconds)[2] < 0.2, seconds
    assert "secret" not in path.read_text()


def test_nothing_is_added_to_the_wire() -> None:
    with upstream() as served, requests.Session() as session:
        instrument(session)
        assert "X-Surgeline" not in str(session.get(served.url + "/headers").json())


def test_a_call_that_fails_raises_as_ever_and_is_counted() -> None:
    with upstream({"kind": "reset"}) as served, requests.Session() as session:
        watch = instrument(session)
        seen: list[str] = []
        watch.listeners.append(lambda call: seen.append(call.outcome.value))
        with pytest.raises(requests.ConnectionError):
            session.get(served.url + "/get")
    assert seen == ["protocol"]


def test_a_redirect_is_one_call_of_several_attempts() -> None:
    with upstream() as served, requests.Session() as session:
        watch = instrument(session)
        seen: list[int] = []
        watch.listeners.append(lambda call: seen.append(len(call.attempts)))
        assert session.get(served.url + "/redirect/2").ok
    assert seen == [3]


def test_several_sessions_share_one_watch() -> None:
    with upstream() as served, requests.Session() as one, requests.Session() as other:
        watch = instrument(one)
        assert instrument(other, watch) is watch
        one.get(served.url + "/get")
        other.get(served.url + "/get")
        (gauge,) = watch.tracer.gauges.values()
    assert gauge.opened == 2


def test_neither_locust_nor_gevent_comes_along() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=60)
