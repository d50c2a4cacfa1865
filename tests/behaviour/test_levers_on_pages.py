"""The levers of a live run, on the page of the run and on the page of a rehearsal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from harness.lab import lever_channel
from harness.model.errors import ConfigError
from harness.model.lever import Pulled
from harness.model.lever_catalogue import LEVERS
from harness.record import reader
from tests.behaviour.visits import opened, rendered_text
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import STARTED, TEXTBOOK
from tests.unit.harness.model.levers import OWN

OFFERED = [name for name, kind in LEVERS.items() if kind.controls(OWN) is not None]
PAGES = ("run", "rehearse")


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None) -> Path:
    """The folder of a run that stays live however long a test takes, in the dashboard's folder of runs."""
    monkeypatch.setenv("SURGELINE_RUNS", str(tmp_path))
    monkeypatch.setattr(reader, "SILENT_AFTER_S", 3600.0)
    folder = made_runs.unfinished(tmp_path, TEXTBOOK, STARTED)
    for path in folder.iterdir():
        os.utime(path)
    return folder


def _asks(app: AppTest) -> list[str]:
    return [m.value.replace("\\", "") for m in app.markdown if m.value.endswith("the live run?")]


@pytest.mark.parametrize("page", PAGES)
def test_both_pages_offer_every_lever_with_the_same_card(live: Path, page: str) -> None:
    app = opened(page, run=live.name)
    keys = {button.key for button in app.button if button.key}
    wanted = [name for name in OFFERED if name != "processes"]
    assert keys >= {f"lever-{name}-apply-yes" for name in wanted}
    assert keys >= {f"lever-{name}-revert-yes" for name in wanted if name != "clear_faults"}
    assert "lever-clear_faults-revert-yes" not in keys


@pytest.mark.parametrize("page", PAGES)
def test_a_lever_asks_for_a_confirmation_before_it_is_applied(live: Path, page: str) -> None:
    app = opened(page, run=live.name)
    assert "Apply **Throttle: 65/s** to the live run?" in _asks(app)
    app.slider(key="lever-throttle-rate_per_s").set_value(80).run()
    assert "Apply **Throttle: 80/s** to the live run?" in _asks(app)
    assert not (live / "levers").exists()


def test_a_confirmed_lever_is_pulled_and_its_acknowledgement_shown(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = []

    def pull_lever(record: object, wanted: object, who: str) -> Pulled:
        pulled.append((wanted, who))
        return Pulled(id="1", at_s=14.0, acknowledged=2, processes=2)

    monkeypatch.setattr(lever_channel, "pull_lever", pull_lever)
    app = opened("run", run=live.name)
    next(field for field in app.text_input if "Your name" in field.label).set_value("ana").run()
    app.button(key="lever-budget-apply-yes").click().run()
    assert pulled == [({"lever": "budget", "ratio": 0.1}, "ana")]
    assert (
        "Applied Retry budget: 10% at 14.0 s of the run, acknowledged by 2 of 2 processes."
        in rendered_text(app).replace("\\", "")
    )


def test_a_confirmed_revert_goes_back_to_what_the_run_was_started_with(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = []

    def pull_lever(record: object, wanted: object, who: str) -> Pulled:
        pulled.append(wanted)
        return Pulled(id="1", at_s=14.0, acknowledged=1, processes=1)

    monkeypatch.setattr(lever_channel, "pull_lever", pull_lever)
    app = opened("rehearse", run=live.name)
    assert "Revert **Connection pool** on the live run?" in _asks(app)
    app.button(key="lever-pool-revert-yes").click().run()
    assert pulled == [{"lever": "pool", "maxsize": TEXTBOOK.adapter.pool_maxsize}]
    assert "Reverted Connection pool at 14.0 s" in rendered_text(app).replace("\\", "")


def test_a_lever_that_fails_says_why(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pull_lever(*_: object) -> Pulled:
        raise ConfigError("r", "", "gave no answer within 10 s; is it still live?")

    monkeypatch.setattr(lever_channel, "pull_lever", pull_lever)
    app = opened("run", run=live.name)
    app.button(key="lever-clear_faults-apply-yes").click().run()
    assert "gave no answer within 10 s" in app.error[0].value


def test_a_feature_can_be_applied_once_it_has_a_name(live: Path) -> None:
    app = opened("run", run=live.name)
    assert app.button(key="lever-feature-apply-yes").disabled
    app.text_input(key="lever-feature-name").set_value("ads").run()
    assert not app.button(key="lever-feature-apply-yes").disabled
