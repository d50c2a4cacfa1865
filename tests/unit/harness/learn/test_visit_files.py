"""The files of a visit are a scenario and an upstream that surgeline reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from harness.inputs.scenarios import read_scenario
from harness.learn.har import learned_visit
from harness.learn.visit_files import visit_texts
from tests.unit.harness.learn.hars import entry, write_har


def test_the_journey_repeats_the_visit_and_the_upstream_its_times(tmp_path: Path) -> None:
    path = write_har(
        tmp_path / "v.har",
        entry(0.0, "GET", "http://a/orders/1"),
        entry(1.0, "GET", "http://a/orders/2", took_ms=60),
        entry(3.0, "POST", "http://a/orders"),
    )
    for name, text in visit_texts(learned_visit(path)).items():
        (tmp_path / name).write_text(text)
    written = read_scenario(str(tmp_path / "scenario.toml"))

    assert [(each.method, each.path, each.think_s) for each in written.scenario.mix] == [
        ("GET", "/orders/1", 0.0), ("GET", "/orders/1", 0.97), ("POST", "/orders", 1.94),
    ]  # fmt: skip
    assert written.scenario.journey == "scenarios.journeys.mix:in_order"
    assert written.upstream.capacity.workers is None
    routes = tomllib.loads((tmp_path / "upstream.toml").read_text())["route"]
    assert [(each["path"], each["service_time"]["values_s"]) for each in routes] == [
        ("/orders", [0.02]),
        ("/orders/*", [0.02, 0.05]),
    ]
