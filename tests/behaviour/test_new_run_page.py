"""The page that starts a run, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit import config

from tests.behaviour.visits import opened, rendered_text


def test_a_form_shows_the_command_that_it_will_run(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.number_input(key="textbook.policy.adapter.pool_maxsize").set_value(5).run()
    assert (
        "surgeline run dependency-slowdown --policy textbook --set policy.adapter.pool_maxsize=5"
        in rendered_text(app)
    )


def test_a_form_is_kept_in_its_address(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook", set=["policy.adapter.pool_maxsize=5", "scenario.seed=3"])
    assert "--set policy.adapter.pool_maxsize=5 --set scenario.seed=3" in rendered_text(app)
    app.text_area[0].set_value("scenario.seed=4").run()
    assert app.query_params["set"] in ("scenario.seed=4", ["scenario.seed=4"])


def test_a_form_complains_as_the_command_line_does(root: Path, on_loopback: None) -> None:
    app = opened("new_run", policy="textbook")
    app.text_area[0].set_value("policy.adapter.pool_size=5").run()
    assert "pool\\_size" in app.error[0].value
    assert app.button[-1].disabled


@pytest.mark.parametrize("why", ["set to read-only", "reachable by others"])
def test_a_read_only_dashboard_says_that_no_run_can_be_started(
    root: Path, monkeypatch: pytest.MonkeyPatch, on_loopback: None, why: str
) -> None:
    if why == "set to read-only":
        monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    else:
        config.set_option("server.address", "0.0.0.0")  # noqa: S104
    assert "is read-only" in rendered_text(opened("new_run"))
