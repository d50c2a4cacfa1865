"""From the card of a lever to the lever."""

from __future__ import annotations

import pytest

from dashboard.components.lever_panel import composed, described
from harness.model.lever_catalogue import LEVERS
from tests.unit.harness.model.levers import OWN, lever

OFFERED = [name for name, kind in LEVERS.items() if kind.controls(OWN) is not None]
PAGES = ("run", "rehearse")


@pytest.mark.parametrize("name", [name for name in OFFERED if name != "feature"])
def test_what_a_card_begins_with_is_a_lever_that_it_describes(name: str) -> None:
    controls = LEVERS[name].controls(OWN) or ()
    values = {control.setting: control.start for control in controls}
    assert composed(name, controls, values) is not None
    assert described(LEVERS[name].title, controls, values).startswith(LEVERS[name].title)


def test_a_feature_without_a_name_is_no_lever_yet() -> None:
    controls = LEVERS["feature"].controls(OWN) or ()
    assert composed("feature", controls, {"name": " ", "on": False}) is None
    assert composed("feature", controls, {"name": "ads", "on": False}) == lever(
        "feature", name="ads", on=False
    )


def test_a_setting_that_is_left_to_the_policy_is_not_set() -> None:
    controls = LEVERS["timeouts"].controls(OWN) or ()
    values = {"read_s": 0.5, "connect_s": None}
    assert composed("timeouts", controls, values) == lever("timeouts", read_s=0.5)
    assert described("Timeouts", controls, values) == "Timeouts – Read timeout: 0.50 s"
