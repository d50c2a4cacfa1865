"""A real nginx with the documented format writes a log that `learn` reads, and that agrees with a client's journal."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
import requests

import surgeline
from benchmarks.learned_systems import nginx
from harness.learn.exchange_store import exchange_store
from harness.learn.sources import read_files
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile
from tests.conftest import needs
from tests.e2e.servers import free_port

PROFILE = {"name": "n", "service_time": {"distribution": "fixed", "value_s": 0.03}}


def times_s(path: Path) -> tuple[str, list[float]]:
    """The kind of a file, and how long each request took."""
    with exchange_store() as store:
        kind = read_files(store, [path])
        rows = store.rows("SELECT ended_s - arrived_s, route, status FROM exchanges ORDER BY number")
    assert {row[1:] for row in rows} == {("GET /orders/{id}", 200)}
    return kind, [row[0] for row in rows]


def test_nginx_and_the_journal_tell_the_same_of_each_request(tmp_path: Path) -> None:
    needs("nginx", "nginx-light")
    with EmbeddedUpstream(build(Profile, PROFILE, "n")) as upstream, requests.Session() as session:
        session.trust_env = False
        with nginx(tmp_path, upstream.url.removeprefix("http://"), free_port()) as url:
            service = surgeline.instrument(session, route=lambda request: f"GET {request.path_url}")
            surgeline.export(service, journal=tmp_path / "journal.jsonl")
            for number in range(1, 21):
                session.get(f"{url}/orders/{number}?token=x", timeout=5)
    log, journal = times_s(tmp_path / "access.log"), times_s(tmp_path / "journal.jsonl")

    assert (log[0], journal[0]) == ("access log", "journal")
    assert len(log[1]) == 20 + 1  # and the one that waited for nginx
    assert all(inside <= outside + 0.0025 for inside, outside in zip(log[1][1:], journal[1], strict=True))
    assert median(log[1]) == pytest.approx(median(journal[1]), abs=0.01)
    assert min(journal[1]) > 0.03
    assert "token" not in (tmp_path / "journal.jsonl").read_text()
