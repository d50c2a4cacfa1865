"""Writes Grafana's dashboards from the panels: `python -m harness.observe.grafana deploy/grafana/dashboards`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.model.atomic import write_text
from harness.observe.boundary_panels import BOUNDARY
from harness.observe.panels import COMPARISON, LIVE, Panel

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SELECT, WINDOW = 'policy=~"$policy", scenario=~"$scenario"', "$__rate_interval"
UNITS = {
    "s": "s", "ratio": "percentunit", "1/s": "cps", "count": "short", "factor": "none", "bytes": "bytes", "s/s": "none",
}  # fmt: skip
COLUMNS, HEADLINE_HEIGHT, HEIGHT = 24, 4, 8

Json = dict[str, Any]


def dashboards() -> dict[str, Json]:
    """The three dashboards by their file's name."""
    limit = {"name": "safe_limit_per_s", "label": "Safe limit, calls/s", "type": "textbox", "query": "100"}
    service = _label_values(
        "service", "Service", "label_values(http_client_request_duration_seconds_count, job)"
    )
    return {
        "live-lab": _dashboard("surgeline-live", "surgeline: live lab", LIVE, [], "now-15m"),
        "policy-comparison": _dashboard(
            "surgeline-policies", "surgeline: policy comparison", COMPARISON, [], "now-1h"
        ),
        "production-boundary": _dashboard(
            "surgeline-boundary", "surgeline: production boundary", BOUNDARY, [service, limit], "now-24h"
        ),
    }


def write(folder: Path) -> None:
    """Writes every dashboard into a folder."""
    for name, dashboard in dashboards().items():
        write_text(folder / f"{name}.json", json.dumps(dashboard, indent=2) + "\n")


def _dashboard(uid: str, title: str, panels: Sequence[Panel], variables: list[Json], since: str) -> Json:
    return {
        "uid": uid,
        "title": title,
        "tags": ["surgeline"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "5s",
        "time": {"from": since, "to": "now"},
        "timepicker": {"refresh_intervals": ["1s", "5s", "30s", "1m"]},
        "templating": {"list": [*_common_variables(), *variables]},
        "annotations": {"list": _annotations()},
        "panels": [_panel(n, panel, place) for n, (panel, place) in enumerate(_laid_out(panels), 1)],
    }


def _common_variables() -> list[Json]:
    run = "surgeline_run_info"
    return [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        _label_values("scenario", "Scenario", f"label_values({run}, scenario)"),
        _label_values("policy", "Policy", f'label_values({run}{{scenario=~"$scenario"}}, policy)'),
    ]


def _label_values(name: str, label: str, query: str) -> Json:
    return {
        "name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": query, "refresh": 2,
        "includeAll": True, "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip


def _annotations() -> list[Json]:
    """Faults, levers and alerts as annotations on every chart."""
    faults = f"surgeline_fault_active{{{SELECT}}} > 0"
    levers = f"increase(surgeline_levers_pulled_total{{{SELECT}}}[2s]) > 0"
    alerts = f'ALERTS{{alertstate="firing", {SELECT}}}'
    return [
        _annotation("Faults", faults, "{{fault}}", "orange"),
        _annotation("Levers", levers, "{{lever}} of {{policy}}", "blue"),
        _annotation("Alerts", alerts, "{{alertname}} {{policy}}", "red"),
    ]


def _annotation(name: str, promql: str, text: str, colour: str) -> Json:
    return {
        "name": name, "datasource": DATASOURCE, "enable": True, "iconColor": colour, "expr": promql,
        "step": "1s", "titleFormat": name, "textFormat": text,
    }  # fmt: skip


def _laid_out(panels: Sequence[Panel]) -> list[tuple[Panel, Json]]:
    """Headlines share the first row; charts follow, two a row."""
    headlines = [panel for panel in panels if panel.headline]
    charts = [panel for panel in panels if not panel.headline]
    width = COLUMNS // max(1, len(headlines))
    top = HEADLINE_HEIGHT if headlines else 0
    half = COLUMNS // 2
    return [
        *((panel, _place(n * width, 0, width, HEADLINE_HEIGHT)) for n, panel in enumerate(headlines)),
        *(
            (panel, _place(n % 2 * half, top + n // 2 * HEIGHT, half, HEIGHT))
            for n, panel in enumerate(charts)
        ),
    ]


def _place(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(number: int, panel: Panel, place: Json) -> Json:
    targets = [
        {
            "refId": chr(ord("A") + n),
            "datasource": DATASOURCE,
            "expr": q.filled(SELECT, WINDOW),
            "legendFormat": q.legend,
        }
        for n, q in enumerate(panel.queries)
    ]
    defaults: Json = {"unit": UNITS[panel.unit], "min": 0 if panel.unit != "ratio" else None}
    if not panel.headline:
        stacking = {"mode": "normal" if panel.stacked else "none"}
        defaults["custom"] = {
            "fillOpacity": 20 if panel.stacked else 0,
            "stacking": stacking,
            "showPoints": "never",
        }
    return {
        "id": number,
        "type": "stat" if panel.headline else "timeseries",
        "title": panel.title,
        "description": panel.meaning,
        "datasource": DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {k: v for k, v in defaults.items() if v is not None}, "overrides": []},
        "targets": targets,
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]))
