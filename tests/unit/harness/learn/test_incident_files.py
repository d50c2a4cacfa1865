"""The files of a drill replay the incident with its faults at their times, and judge by its thresholds."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.inputs.scenarios import Written, read_scenario
from harness.learn.incident_files import drill_texts
from harness.model.incident import Episode, Incident, JudgedThreshold, SignalChange

PAUSE = Episode(kind="pause", begin_s=1000.0, end_s=1008.0)
INCIDENT = Incident(
    service="orders", first_s=900.0, last_s=1100.0, scrape_s=1.0, calls=10_000, rate_per_s=50.0,
    service_s=(0.04, 0.05, 0.06), changes=(), episodes=(PAUSE,), alerts=(),
    thresholds=(JudgedThreshold(text="p99(latency) < 250ms", bad_ratio=0.5, budget_ratio=0.01),),
)  # fmt: skip


def drill(folder: Path, **changes: object) -> Written:
    for name, text in drill_texts(INCIDENT.model_copy(update=changes)).items():
        (folder / name).write_text(text)
    return read_scenario(str(folder / "scenario.toml"))


def test_the_timeline_has_the_fault_for_as_long_as_it_lasted(tmp_path: Path) -> None:
    [fault] = drill(tmp_path).scenario.faults

    assert (fault.at_s, fault.for_s, fault.fault.kind) == (20.0, 8.0, "pause")


def test_the_slo_is_the_one_that_the_service_exports(tmp_path: Path) -> None:
    assert drill(tmp_path).scenario.slo.thresholds == ("p99(latency) < 250ms",)


def test_without_exported_thresholds_none_is_invented(tmp_path: Path) -> None:
    assert drill(tmp_path, thresholds=()).scenario.slo.thresholds == ()
    assert "its SLO cannot be known from this" in (tmp_path / "scenario.toml").read_text()


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        ({"kind": "latency", "add_s": 0.3, "ratio": 0.25}, {"kind": "latency", "add_s": 0.3, "ratio": 0.25}),
        ({"kind": "status", "status": 503, "ratio": 0.4}, {"kind": "status", "status": 503, "ratio": 0.4}),
        ({"kind": "status", "status": 500}, {"kind": "status", "status": 500, "ratio": 1.0}),
    ],
)
def test_a_fault_has_what_was_seen_of_it(
    tmp_path: Path, episode: dict[str, object], expected: dict[str, object]
) -> None:
    [fault] = drill(tmp_path, episodes=(Episode(begin_s=1000.0, end_s=1030.0, **episode),)).scenario.faults

    assert expected.items() <= fault.fault.model_dump().items()


def test_a_change_of_the_rate_that_no_fault_explains_is_replayed(tmp_path: Path) -> None:
    rise = SignalChange(signal="rate", at_s=990.0, before=50.0, after=150.0)
    phases = drill(tmp_path, changes=(rise,)).scenario.arrivals

    assert [(phase.rate_per_s, phase.duration_s) for phase in phases] == [(50.0, 10.0), (150.0, 48.0)]


def test_a_dip_that_the_pause_explains_is_not(tmp_path: Path) -> None:
    dip = SignalChange(signal="rate", at_s=1000.0, before=50.0, after=0.5)

    assert len(drill(tmp_path, changes=(dip,)).scenario.arrivals) == 1
