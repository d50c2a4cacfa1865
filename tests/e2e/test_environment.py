"""What the environment holds does not change a run: proxies, and a token for upstreams."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.reader import find_run
from tests.conftest import Program

SHORT = ("--set", "scenario.arrivals.0.duration_s=2", "--set", "scenario.slo.warmup_s=0")


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTP_PROXY", "http://127.0.0.1:1"), ("SURGELINE_UPSTREAM_TOKEN", "4f7c0b1e9d")],
)
def test_a_run_is_as_it_is_without(
    surgeline: Program, runs: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = surgeline("run", "baseline", "-p", "careful", *SHORT)
    assert done.returncode in {0, 1, 3}, done.stderr
    record = find_run(runs, "latest")
    assert record.state == "complete"
    assert (record.calls()["outcome"] == "ok").all()
    assert len(record.table("served")) >= len(record.calls())
    assert all(value not in path.read_text(errors="replace") for path in runs.rglob("*.json"))


def test_check_names_the_variables_whose_proxy_would_catch_loopback(
    command: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    done = command("check", "baseline", "-p", "careful")
    assert "HTTP_PROXY: a proxy of the environment would carry calls to 127.0.0.1" in done.stdout
    assert "secret" not in done.stdout
