"""The table of metrics keeps Prometheus' conventions, and the page that is made from it is up to date."""

import re
import subprocess
from pathlib import Path

import pytest

from harness.model.rollout import RolloutPlan
from harness.model.slo import Slo
from harness.observe.catalogue import METRICS, PROCESS_METRICS, Metric
from harness.observe.exporter import Exporter
from harness.observe.reference import reference
from harness.session.resilience.status import HostStatus, PolicyStatus
from harness.session.rollout.decision import RolloutDecision
from harness.session.rollout.shadow_counts import ShadowCounts
from harness.session.rollout.status import status_of
from tests.conftest import needs
from tests.unit.harness.observe.calls import made_call

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
BASE_UNITS = ("seconds", "bytes", "ratio")


def names(metrics: tuple[Metric, ...]) -> list[str]:
    """Their names, as the tests' ids."""
    return [metric.name for metric in metrics]


@pytest.mark.parametrize("metric", METRICS, ids=names(METRICS))
def test_a_name_has_owner_quantity_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"(surgeline|http_client)(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    if metric.unit in BASE_UNITS:
        assert metric.name.endswith("_" + metric.unit)


@pytest.mark.parametrize("metric", METRICS, ids=names(METRICS))
def test_a_help_is_a_sentence_of_one_line(metric: Metric) -> None:
    assert re.fullmatch(r"[A-Z1][^\n]+\.", metric.help)


def test_the_page_is_generated_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make reference`"


def filled_exporter() -> Exporter:
    """An exporter in which every family has a value."""
    exporter = Exporter("careful", "slow", Slo(thresholds=("p99(latency) < 250ms",)), ["latency"])
    call = made_call(statuses=(503, 200))
    call.attempts[0].unhedged = "budget"
    exporter.call(call)
    exporter.pools([])
    exporter.threads(1, 2, 0)
    exporter.faults({"latency"})
    exporter.lever("throttle")
    host = HostStatus(
        "http://a", "closed", 100.0, 0.0, limiter_limit=3.0, limiter_in_flight=1, hedge_delay_s=0.05
    )
    exporter.reloads(taken=1, refused=0)
    exporter.guards(PolicyStatus((host,), 0.5))
    exporter.rollout(status_of(RolloutDecision(RolloutPlan(name="plan")), fallbacks=0))
    exporter.shadow(ShadowCounts())
    exporter.info("20260101-000000-slow-careful-abcdef", 7, "0.1.0")
    return exporter


def test_the_exporter_exports_the_whole_table_and_nothing_else() -> None:
    exported = re.findall(r"^# TYPE (\w+) (\w+)$", filled_exporter().text().decode(), re.MULTILINE)

    assert sorted(exported) == sorted((m.name, m.kind) for m in (*METRICS, *PROCESS_METRICS))


def test_promtool_accepts_it() -> None:
    promtool = needs("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=filled_exporter().text(), capture_output=True, check=False
    )

    assert (done.returncode, done.stderr.decode()) == (0, "")
