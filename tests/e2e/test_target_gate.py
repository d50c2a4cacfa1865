"""A run connects to its own upstream only, whatever its journey, policy and Session say."""

from __future__ import annotations

import subprocess

import pandas as pd
import pytest

from harness.model.driver_messages import TARGET_REFUSED
from harness.record.reader import Record, find_run
from tests.conftest import SURGELINE

JOURNEY = """
import requests
from requests.adapters import HTTPAdapter

FOREIGN = "http://203.0.113.7/"


def call(thread):
    thread.client.get("/get", name="own")
    thread.client.get(FOREIGN, name="whole URL")
    thread.client.get("/redirect-to", params={"url": FOREIGN}, name="redirect")
    thread.client.get("/get", proxies={"http": "http://203.0.113.8:3128"}, name="proxy")


def build_session():
    session = requests.Session()
    session.headers["Authorization"] = "Bearer secret"
    session.mount("http://", HTTPAdapter(max_retries=2))
    return session
"""
SCENARIO = """
name = "foreign"
upstream = "plain.toml"
journey = "foreign:call"
arrivals = [{ rate_per_s = 10, duration_s = 2 }]

[service]
threads = 4
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, str]:
    """A run whose journey tries other hosts through a team's own Session in two processes, and what was printed."""
    folder = tmp_path_factory.mktemp("gate")
    (folder / "foreign.py").write_text(JOURNEY)
    (folder / "foreign.toml").write_text(SCENARIO)
    (folder / "plain.toml").write_text('name = "plain"\n')
    (folder / "own.toml").write_text('name = "own"\nfactory = "foreign:build_session"\n')
    line = [str(SURGELINE), "run", "foreign.toml", "-p", "own.toml", "--workers", "2"]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode in {0, 1, 3}, done.stderr
    return find_run(folder / "runs", "latest"), done.stdout


def _calls(record: Record, route: str) -> pd.DataFrame:
    calls = record.calls()
    return calls[calls["route"] == route]


@pytest.mark.parametrize("route", ["whole URL", "redirect", "proxy"])
def test_a_foreign_host_is_refused_with_its_own_outcome(recorded: tuple[Record, str], route: str) -> None:
    calls = _calls(recorded[0], route)
    assert len(calls) > 0
    assert set(calls["outcome"]) == {"target_refused"}


def test_the_own_upstream_is_reached(recorded: tuple[Record, str]) -> None:
    assert set(_calls(recorded[0], "own")["outcome"]) == {"ok"}


def test_no_refused_attempt_is_retried(recorded: tuple[Record, str]) -> None:
    attempts = recorded[0].table("attempts")
    assert list(attempts[attempts["error"] == "target_refused"]["reason"].unique()) == [""]


def test_each_refused_host_is_reported_in_one_line(recorded: tuple[Record, str]) -> None:
    lines = [line for line in recorded[1].splitlines() if line.startswith(TARGET_REFUSED)]
    assert [line.split()[2] for line in lines] == ["203.0.113.7:80:", "203.0.113.8:3128:"]
    assert lines[0].endswith("if you are allowed to send load to it, add --allow-target 203.0.113.7")
