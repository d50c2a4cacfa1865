"""A real Prometheus, with the shipped configuration, scrapes a run while it lives."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from math import inf, isfinite
from pathlib import Path

import numpy as np
import pytest

from harness.analyse.measure.columns import percentile_s
from harness.analyse.stats.quantiles import quantile_of
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.model.policy import Policy
from harness.model.range import Probe, SearchSpec
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.rollout import RolloutPlan, RolloutStep
from harness.observe.from_prometheus import scraped_run
from harness.observe.prometheus_api import Prometheus as Source
from harness.range_search import trials
from tests.conftest import Program, needs
from tests.e2e.browser import Visitor, chromium, served
from tests.e2e.live import LiveRun, retrying_plan
from tests.e2e.servers import Prometheus, prometheus, until

SHIPPED = Path(__file__).parents[2] / "deploy" / "prometheus"
HEDGED = [
    "scenario.arrivals=[{rate_per_s=80, duration_s=3}]",
    "scenario.slo.warmup_s=0",
    'upstream.fault=[{kind="slowdown", factor=15, ratio=0.1}]',
    "policy.retry.budget.ratio=0.5",
]
"""One attempt in ten is slow, and may be hedged."""
FIFTH = ({"at_s": 0.0, "fault": {"kind": "status", "status": 503, "ratio": 0.2}},)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as a checkout: deploy/prometheus with the shipped files, and runs/ beside it."""
    root = tmp_path_factory.mktemp("checkout")
    shutil.copytree(SHIPPED, root / "deploy" / "prometheus")
    (root / "runs").mkdir()
    return root


@pytest.fixture(scope="module")
def server(checkout: Path) -> Iterator[Prometheus]:
    with prometheus(checkout / "deploy" / "prometheus" / "prometheus.yml", checkout) as found:
        yield found


@pytest.fixture(scope="module")
def live(server: Prometheus, checkout: Path) -> Iterator[LiveRun]:
    """A run of two processes, with a retry budget to be looked at."""
    settings = ["scenario.arrivals.0.duration_s=11", "scenario.service.processes=2"]
    settings += ['policy.retry.budget={ kind = "ratio", ratio = 0.5 }']
    run = LiveRun(retrying_plan(*settings, faults=FIFTH), checkout / "runs")
    yield run
    run.end()


def test_promtool_finds_nothing_wrong_with_the_configuration() -> None:
    promtool = needs("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "check", "config", SHIPPED / "prometheus.yml"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_live_run_answers_for_latency_pool_wait_and_retries(server: Prometheus, live: LiveRun) -> None:
    quantile = "histogram_quantile(0.99, sum by (le) (rate({}_bucket[5s])))"

    def answered() -> list[dict[str, float]] | None:
        found = [
            server.values(quantile.format("surgeline_call_duration_seconds")),
            server.values(quantile.format("surgeline_pool_wait_seconds")),
            server.values(
                # Asked once there are calls enough: 100 calls have 20 retries, give or take 4.
                "sum by (reason) (increase(surgeline_retries_total[5s])) / on() group_left()"
                " (sum(increase(surgeline_call_duration_seconds_count[5s])) > 100)",
                "reason",
            ),
        ]
        return found if all(found) and all(isfinite(v) for f in found for v in f.values()) else None

    latency, pool_wait, retries = until(answered, "three answers", at_most_s=45)

    assert live.live
    assert 0.02 < latency[""] < 60  # A machine with other work is slow; whether it answers is the question.
    assert 0 < pool_wait[""] < 60
    assert set(retries) == {"503"}
    assert 0.08 < retries["503"] < 0.35


def test_what_prometheus_saw_last_is_what_the_record_holds(server: Prometheus, live: LiveRun) -> None:
    record = live.end()
    ended_s = time.time()
    calls, retries = len(record.calls()), int((record.table("attempts")["reason"] != "").sum())
    run = f'surgeline_run_info{{run="{record.run.id}"}}'
    processes = server.values(f"last_over_time({run}[1m])", "instance", time=ended_s)

    only = "|".join(processes)

    def last(name: str) -> float:
        series = f'sum(last_over_time({name}{{instance=~"{only}"}}[1m]))'
        return server.values(series, time=ended_s)[""]

    assert len(processes) == 2

    assert last("surgeline_call_duration_seconds_count") == calls
    assert last("surgeline_retries_total") == retries


def test_a_run_shorter_than_the_scrape_interval_leaves_its_last_values(
    server: Prometheus, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_METRICS_LINGER_S", "10")
    record = run_plan(retrying_plan("scenario.arrivals.0.duration_s=0.5"), checkout / "runs")
    run = f'surgeline_run_info{{run="{record.run.id}"}}'
    series = f"sum(last_over_time(surgeline_call_duration_seconds_count[1m]) * on(instance) last_over_time({run}[1m]))"

    assert server.values(series)[""] == len(record.calls())


def test_a_hedged_run_has_the_same_attempts_in_prometheus_in_its_record_and_in_the_ledger(
    server: Prometheus, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_METRICS_LINGER_S", "10")
    overrides = read_overrides(HEDGED)
    written = read_scenario("baseline", overrides)
    plan = Plan(read_policy("hedged", overrides), written.scenario, written.upstream)
    record = run_plan(plan, checkout / "runs")
    attempts, run = record.table("attempts"), f'surgeline_run_info{{run="{record.run.id}"}}'

    def last(name: str) -> float:
        series = f"sum(last_over_time({name}[1m]) * on(instance) group_left() last_over_time({run}[1m]))"
        return server.values(series)[""]

    assert attempts["hedge"].sum() > 5
    assert len(attempts) == len(record.table("served")) == last("http_client_request_duration_seconds_count")
    assert attempts["hedge"].sum() == last("surgeline_hedges_total")


def test_a_trial_inside_a_range_s_folder_is_seen_too(
    server: Prometheus, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_METRICS_LINGER_S", "10")
    plan, runs = retrying_plan(), checkout / "runs"
    spec = SearchSpec(policy=plan.policy, scenario=plan.scenario, upstream=plan.upstream)
    probe = Probe(purpose="bracket", rate_per_s=50.0, warmup_s=0.2, counted_s=0.8)
    _, record = trials.make_trial(spec, probe, runs / "range", lambda _: None, runs)
    run = f'surgeline_run_info{{run="{record.run.id}"}}'

    assert len(server.values(f"last_over_time({run}[1m])", "instance")) == 1


def test_the_recording_rules_answer_for_a_run_of_two_processes(server: Prometheus, live: LiveRun) -> None:
    live.end()
    rules = re.findall(r"record: (policy:\S+)", (SHIPPED / "rules.yml").read_text(encoding="utf-8"))

    silent = [rule for rule in rules if not server.values(f"last_over_time({rule}[2m])")]

    assert len(rules) >= 5
    assert silent == []


def test_prometheus_sees_the_run_s_own_upstream_too(server: Prometheus, live: LiveRun) -> None:
    record = live.end()
    served = 'max_over_time(surgeline_upstream_requests_total{policy="careful", scenario="baseline"}[2m])'

    seen = server.values(served, "status")

    assert {"200", "503"} <= set(seen) <= {"0", "200", "503"}  # 0: the client had disconnected.
    assert 0 < sum(seen.values()) <= len(record.table("attempts"))


def test_prometheus_sees_what_is_left_of_each_process_retry_budget(server: Prometheus, live: LiveRun) -> None:
    record = live.end()
    run = f'surgeline_run_info{{run="{record.run.id}"}}'
    left = f"min_over_time(surgeline_retry_budget_left_ratio[2m]) * on(instance) last_over_time({run}[2m])"

    seen = server.values(left, "instance")

    assert len(seen) == 2
    assert all(0 < ratio < 1 for ratio in seen.values())


def test_prometheus_sees_the_drivers_own_cpu_and_memory(server: Prometheus, live: LiveRun) -> None:
    record = live.end()
    run = f'surgeline_run_info{{run="{record.run.id}"}}'

    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"):
        assert (
            server.values(f"last_over_time({name}[2m]) * on(instance) last_over_time({run}[2m])")[""] > 0
        ), name


def test_prometheus_and_the_record_agree(
    server: Prometheus, live: LiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    record = live.end()
    calls, attempts = record.calls(), record.table("attempts")
    seen = scraped_run(Source(server.url), record.run.id).measurements

    assert seen["calls"].value == len(calls)
    assert seen["attempts"].value == len(attempts)
    assert seen["retries.503"].value == (attempts["reason"] == "503").sum()
    for quantity, q in (("latency", 0.5), ("latency", 0.95), ("latency", 0.99), ("pool_wait", 0.99)):
        exact_s = quantile_of(np.sort(percentile_s(calls, quantity)), q)
        bucket = seen[f"{quantity}.p{round(q * 100)}"]
        assert bucket.low <= exact_s <= (inf if bucket.high is None else bucket.high), bucket


def test_show_reads_a_run_from_prometheus(server: Prometheus, live: LiveRun, surgeline: Program) -> None:
    record = live.end()

    shown = surgeline("show", record.run.id, "--from-prometheus", server.url)
    told = json.loads(surgeline("show", "latest", "--from-prometheus", server.url, "--json").stdout)

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "bucket bounds" in shown.stdout
    assert {"calls", "latency.p99", "pool_wait.p99", "amplification"} <= set(told["measurements"])


def test_the_dashboard_draws_a_run_from_prometheus(
    server: Prometheus, live: LiveRun, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    monkeypatch.setenv("SURGELINE_PROMETHEUS_URL", server.url)
    record = live.end()
    with served(checkout / "runs") as address, chromium(tmp_path / "profile") as browser:
        visitor = Visitor(browser, address)
        visitor.look()
        visitor.open(f"/prometheus?run={record.run.id}")
        visitor.draws("Where a call's time goes", "Attempts per call", "Lateness of the generator")
        visitor.picture(tmp_path / "prometheus.png")

        assert "processes: 2" in visitor.text()


@pytest.mark.parametrize(
    ("url", "problem"), [("http://127.0.0.1:9", "cannot be reached"), ("here", "is not a URL")]
)
def test_a_prometheus_that_is_not_there_is_one_line(url: str, problem: str, surgeline: Program) -> None:
    done = surgeline("show", "--from-prometheus", url)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert problem in done.stderr


@pytest.mark.acceptance
def test_a_rollout_of_a_bad_policy_fires_its_alert_and_counts_both_arms(
    server: Prometheus, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURGELINE_METRICS_LINGER_S", "10")
    overrides = read_overrides(["scenario.arrivals.0.duration_s=14", "scenario.arrivals.0.rate_per_s=40"])
    written = read_scenario("baseline", overrides)
    hasty = Policy.model_validate({"name": "hasty", "timeout": {"read_s": 0.004}})
    plan = RolloutPlan(name="half", steps=(RolloutStep(share=0.5),))
    rollout = RehearsedRollout(old=read_policy("careful"), new=hasty, plan=plan)
    record = run_plan(
        Plan(rollout.policy, written.scenario, written.upstream, rollout=rollout), checkout / "runs"
    )
    counted = record.table("rollout")
    series = 'last_over_time(surgeline_rollout_calls_total{policy="careful-to-hasty"}[1m])'
    fired = 'max_over_time(ALERTS{alertname="SurgelineRolloutRolledBack", policy="careful-to-hasty"}[1m])'

    assert server.values(series, "arm") == {
        "canary": counted["canary_calls"].sum(), "baseline": counted["baseline_calls"].sum(),
    }  # fmt: skip
    until(lambda: server.values(fired), "the alert of the rollback", at_most_s=20)
