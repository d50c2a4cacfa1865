"""A rehearsed incident: its clock, its score and its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.behaviour.visits import html_text, opened, rendered_text
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import STARTED, TEXTBOOK

ONE = made_runs.scenario()
RUN = made_runs.run_of(TEXTBOOK, ONE, STARTED)


@pytest.fixture
def incident_root(incident: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of these runs, set as the dashboard's."""
    folder = incident["alone"].parent
    monkeypatch.setenv("SURGELINE_RUNS", str(folder))
    return folder


def test_a_rehearsal_that_is_over_ends_in_a_score_and_a_runbook(
    incident_root: Path, incident: dict[str, Path]
) -> None:
    app = opened("rehearse", run=incident["pulled"].name)
    text = rendered_text(app)
    assert any(
        word in html_text(app)
        for word in ("The client recovered with retries", "The client did not recover with retries")
    )
    assert html_text(app).index("Calls lost") < html_text(app).index("Peak attempts per call")
    assert "# Runbook: dependency-slowdown, policy textbook" in text
    assert len(app.dataframe[0].value) == 2


def test_a_rehearsal_without_a_lever_says_whether_it_comes_back_by_itself(
    incident_root: Path, incident: dict[str, Path]
) -> None:
    assert "by itself" in html_text(opened("rehearse", run=incident["alone"].name))


def test_a_killed_rehearsal_has_no_score_and_says_so(incident_root: Path, incident: dict[str, Path]) -> None:
    text = rendered_text(opened("rehearse", run=incident["killed"].name))
    assert "Interrupted" in text
    assert "has no score" in text


def test_a_live_rehearsal_has_a_clock_and_levers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None
) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    folder = made_runs.unfinished(tmp_path, TEXTBOOK, STARTED, seconds=22)
    app = opened("rehearse", run=folder.name)
    assert {"Since the trigger ended", "✓ Recovered after"} & set(html_text(app).splitlines())
    assert app.button(key="lever-throttle-apply-yes").label == "Yes, apply"


def test_who_may_only_look_has_no_levers_and_no_form(
    incident_root: Path, incident: dict[str, Path], monkeypatch: pytest.MonkeyPatch, on_loopback: None
) -> None:
    monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    for path in incident["killed"].iterdir():
        path.touch()
    assert not opened("rehearse", run=incident["killed"].name).slider
    form = opened("rehearse")
    assert "is read-only" in rendered_text(form)
    assert not form.button


def test_the_form_says_what_the_trigger_is(incident_root: Path, on_loopback: None) -> None:
    app = opened("rehearse", scenario="retry-storm", policy="textbook")
    assert "pause at 8 s for 4 s; then 33 s to recover" in rendered_text(app).replace("\\", "")
    assert app.selectbox[1].value == "textbook"


def test_a_scenario_without_an_end_of_its_trouble_is_not_started(
    incident_root: Path, on_loopback: None
) -> None:
    app = opened("rehearse", scenario="baseline")
    assert "recovery cannot be measured" in rendered_text(app)
    assert next(b for b in app.button if b.label == "Start").disabled


def test_a_rehearsal_is_looked_for_inside_the_runs_folder_only(incident_root: Path) -> None:
    assert "no run matches" in rendered_text(opened("rehearse", run="../../etc/passwd"))


def test_home_says_who_comes_back_after_an_incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    of = made_runs.scenario()
    slo = of.slo.model_copy(update={"thresholds": (*of.slo.thresholds, "recovery < 10s")})
    made_runs.complete(tmp_path, TEXTBOOK, of.model_copy(update={"slo": slo}))
    text = rendered_text(opened("home")).replace("\\", "")
    assert "**textbook** under dependency-slowdown: ✓ recovered by itself" in text
