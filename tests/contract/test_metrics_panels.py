"""Grafana's dashboards: up to date, drawn from metrics that exist, in PromQL that Prometheus reads."""

import inspect
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import mock_upstream.telemetry.exposition
from harness.observe.catalogue import BY_NAME
from harness.observe.grafana import dashboards
from tests.conftest import needs

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARDS = dashboards()
RULES = (DEPLOY / "prometheus" / "rules.yml").read_text(encoding="utf-8")
RECORDED = set(re.findall(r"record: (\S+)", RULES))
UPSTREAM = {
    f"surgeline_upstream_{name}"
    for name in re.findall(r'"(\w+)"', inspect.getsource(mock_upstream.telemetry.exposition))
}
VARIABLES = {"$__rate_interval": "15s", "$safe_limit_per_s": "100"}


def expressions(dashboard: dict[str, Any]) -> list[str]:
    """All PromQL of a dashboard, annotations' too."""
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return targets + [annotation["expr"] for annotation in dashboard["annotations"]["list"]]


def metrics_of(promql: str) -> set[str]:
    """The names of metrics that an expression or a file of rules reads."""
    names = set(re.findall(r"\b(?:policy:|slo:)?(?:surgeline|http_client|process)_\w+(?::\w+)?", promql))
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_file_is_generated_from_the_panels(name: str) -> None:
    kept = json.loads((DEPLOY / "grafana" / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))

    assert kept == DASHBOARDS[name], (
        "write it anew: python -m harness.observe.grafana deploy/grafana/dashboards"
    )


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_metric_of_a_panel_exists(name: str) -> None:
    read = {metric for promql in expressions(DASHBOARDS[name]) for metric in metrics_of(promql)}

    assert read <= set(BY_NAME) | RECORDED | UPSTREAM


def test_every_metric_of_a_rule_exists() -> None:
    assert metrics_of(RULES) <= set(BY_NAME) | RECORDED


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_a_meaning_a_unit_and_room_of_their_own(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_names_ids_and_addresses_are_unique() -> None:
    for dashboard in DASHBOARDS.values():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(ids)) == len(ids)
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS) == 3


def test_no_panel_is_tied_to_one_prometheus() -> None:
    uids = re.findall(r'"uid": "([^"]+)"', json.dumps([d["panels"] for d in DASHBOARDS.values()]))

    assert set(uids) == {"${datasource}"}


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    promtool = needs("promtool", "prometheus")
    rules = []
    for promql in (e for d in DASHBOARDS.values() for e in expressions(d)):
        filled = promql
        for variable, value in VARIABLES.items():
            filled = filled.replace(variable, value)
        rules.append({"record": f"panel:{len(rules)}", "expr": filled})
    path = tmp_path / "panels.json"  # JSON is YAML too.
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

    done = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout
