"""A canary over real sockets: two policies behind one Session, with connections of their own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest
import requests

import surgeline
from harness.lab.upstream_process import UpstreamProcess
from harness.model.errors import ConfigError
from harness.session.rollout.canary import Canary
from tests.load.served import upstream

PLAN = 'name = "quick"\n[[steps]]\nshare = 0.3\nat_most_s = 60\n[limits]\nerror_budget = 0.01\n'


@pytest.fixture(scope="module")
def served() -> Iterator[UpstreamProcess]:
    with upstream({"kind": "latency", "add_s": 0.05}) as running:
        yield running


def written(folder: Path, name: str, tables: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\n[session]\ntrust_env = false\n{tables}')
    return path


def canary_of(session: requests.Session) -> Canary:
    found: Canary = session.__dict__["_surgeline_canary"]
    return found


def test_a_policy_that_times_out_is_rolled_back_and_the_calls_go_on(
    served: UpstreamProcess, tmp_path: Path
) -> None:
    plan = tmp_path / "rollout.toml"
    plan.write_text(PLAN)
    old, new = written(tmp_path, "old"), written(tmp_path, "new", "[timeout]\nread_s = 0.01\n")
    with surgeline.canary(old, new, plan=plan) as session, ThreadPoolExecutor(8) as threads:
        canary, until_s, failed = canary_of(session), monotonic() + 30, 0

        def send() -> bool:
            try:
                return session.get(served.url + "/get").ok
            except requests.Timeout:
                return False

        while canary.decision.state == "comparing":
            assert monotonic() < until_s, "not decided within 30 s"
            failed += sum(not ok for ok in threads.map(lambda _: send(), range(80)))
        assert canary.decision.state == "rolled back"
        assert canary.decision.reason in ("fast burn rate", "slow burn rate")
        assert failed > 0
        assert all(threads.map(lambda _: send(), range(40)))


def test_both_policies_have_connections_of_their_own_and_share_the_cookies(
    served: UpstreamProcess, tmp_path: Path
) -> None:
    old, new = written(tmp_path, "old"), written(tmp_path, "new", "[retry]\ntotal = 1\n")
    with surgeline.canary(old, new, share=0.5) as session:
        tracer = surgeline.instrument(session).tracer
        session.get(served.url + "/cookies/set?a=1")
        for _ in range(20):
            assert session.get(served.url + "/cookies").json()["cookies"] == {"a": "1"}
        (gauge,) = tracer.gauges.values()
        assert (gauge.opened, gauge.in_use) == (2, 0)


def test_a_share_and_a_plan_exclude_each_other(tmp_path: Path) -> None:
    old = written(tmp_path, "old")
    for settings in ({}, {"share": 0.1, "plan": tmp_path / "p.toml"}):
        with pytest.raises(ConfigError, match="or plan must be given, and not both"):
            surgeline.canary(old, old, **settings)


def test_a_share_of_zero_is_refused_with_the_limit(tmp_path: Path) -> None:
    old = written(tmp_path, "old")
    with pytest.raises(ConfigError, match=r"steps.0.share is 0.*must be"):
        surgeline.canary(old, old, share=0.0)


def test_the_metrics_of_a_live_session_have_its_rollout(served: UpstreamProcess, tmp_path: Path) -> None:
    old, new = written(tmp_path, "old"), written(tmp_path, "new", "[retry]\ntotal = 1\n")
    with surgeline.canary(old, new, share=0.5) as session:
        exporter = surgeline.export(surgeline.instrument(session), service="orders")
        session.get(served.url + "/get")
        text = exporter.text().decode()
    labels = 'policy="orders",scenario="production"'
    assert f"surgeline_rollout_share_ratio{{{labels}}} 0.5" in text
    assert f'surgeline_rollout_decision{{{labels},decision="comparing"}} 1.0' in text
    assert f'surgeline_rollout_calls_total{{{labels},arm="canary"}}' in text


def test_a_plain_session_has_no_metrics_of_a_rollout() -> None:
    with surgeline.session(surgeline.Policy(name="plain")) as session:
        assert b"surgeline_rollout" not in surgeline.export(surgeline.instrument(session)).text()
