"""The seconds that a page shows, from its address and back."""

from __future__ import annotations

import pytest

from dashboard.data.run_window import ShownWindow, parameters_of, window_of
from harness.analyse.measure.run_phases import RunPhase

PHASES = (RunPhase("warm-up", 0.0, 3.0), RunPhase("before", 3.0, 8.5), RunPhase("fault", 8.5, 12.0))


@pytest.mark.parametrize(
    ("address", "window"),
    [
        ({}, None),
        ({"run": "x"}, None),
        ({"phase": "before"}, ShownWindow(3.0, 9.0, "before")),
        ({"from": "4", "to": "7"}, ShownWindow(4.0, 7.0)),
        ({"from": "4.6", "to": "4.8"}, ShownWindow(4.0, 5.0)),
        ({"from": "4"}, ShownWindow(4.0, 12.0)),
        ({"to": "4"}, ShownWindow(0.0, 4.0)),
        ({"from": "4", "to": "900"}, ShownWindow(4.0, 12.0)),
        ({"phase": "fault", "from": "1", "to": "2"}, ShownWindow(8.0, 12.0, "fault")),
    ],
)
def test_an_address_shows_whole_seconds(address: dict[str, str], window: ShownWindow | None) -> None:
    assert window_of(address, PHASES, 12.0) == (window, [])


@pytest.mark.parametrize(
    "address",
    [
        {"phase": "recovery"},
        {"from": "soon"},
        {"from": "-1", "to": "3"},
        {"from": "7", "to": "4"},
        {"from": "12", "to": "14"},
        {"from": "nan", "to": "inf"},
    ],
)
def test_an_address_that_names_no_seconds_shows_the_whole_run_and_says_so(address: dict[str, str]) -> None:
    window, problems = window_of(address, PHASES, 12.0)
    assert window is None
    assert len(problems) == 1
    assert problems[0].endswith("The whole run is shown.")


def test_seconds_of_a_long_run_are_whole_bins() -> None:
    assert window_of({"from": "7", "to": "1000"}, PHASES, 2000.0)[0] == ShownWindow(4.0, 1000.0)


@pytest.mark.parametrize("window", [None, ShownWindow(4.0, 7.0), ShownWindow(8.0, 12.0, "fault")])
def test_seconds_come_back_from_the_address_that_they_make(window: ShownWindow | None) -> None:
    assert window_of(parameters_of(window), PHASES, 12.0)[0] == window
