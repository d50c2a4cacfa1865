"""What the catalogue says of every lever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.errors import ConfigError
from harness.model.lever_base import Choice, Slider
from harness.model.lever_catalogue import LEVERS
from tests.unit.harness.model.levers import EXAMPLES, OWN, lever

CONTROLS = [(name, control) for name, kind in LEVERS.items() for control in kind.controls(OWN) or ()]
SLIDERS = [(name, control) for name, control in CONTROLS if isinstance(control, Slider)]


def test_every_lever_has_an_example_here() -> None:
    assert set(EXAMPLES) == set(LEVERS)


@pytest.mark.parametrize("name", LEVERS)
def test_every_lever_has_a_title_and_says_what_it_does(name: str) -> None:
    assert LEVERS[name].title
    assert LEVERS[name].describe().endswith(".")


@pytest.mark.parametrize(("name", "control"), CONTROLS, ids=str)
def test_a_control_sets_a_setting_that_its_lever_has(name: str, control: Slider) -> None:
    assert control.setting in LEVERS[name].setting_names()


@pytest.mark.parametrize(("name", "slider"), SLIDERS, ids=str)
def test_every_value_of_a_slider_makes_a_lever(name: str, slider: Slider) -> None:
    assert slider.low <= slider.start <= slider.high
    for shown in (slider.low, slider.start, slider.high):
        assert lever(name, **{slider.setting: slider.value(shown)}).lever == name


def test_every_choice_of_the_breaker_makes_a_lever() -> None:
    (state,) = LEVERS["breaker"].controls(OWN) or ()
    assert isinstance(state, Choice)
    assert [lever("breaker", state=choice).lever for choice in state.choices] == ["breaker"] * 2


def test_a_ratio_is_shown_in_percent() -> None:
    (ratio,) = LEVERS["budget"].controls(OWN) or ()
    assert isinstance(ratio, Slider)
    assert (ratio.text(10), ratio.value(10)) == ("10%", 0.1)


def test_a_lever_that_takes_a_whole_table_is_left_to_the_command_line() -> None:
    assert [name for name, kind in LEVERS.items() if kind.controls(OWN) is None] == ["capacity", "fault"]


def test_processes_are_offered_only_where_there_are_several() -> None:
    alone = replace(OWN, processes=1)
    assert LEVERS["processes"].controls(OWN)
    assert LEVERS["processes"].controls(alone) is None


def test_a_throttle_begins_at_half_of_the_rate_of_each_process() -> None:
    (rate,) = LEVERS["throttle"].controls(OWN) or ()
    assert rate.start == 65


@pytest.mark.parametrize(
    ("name", "reverted"),
    [
        ("retries", {"total": True}),
        ("throttle", {"rate_per_s": False}),
        ("budget", {"ratio": False}),
        ("breaker", {"state": "auto"}),
        ("timeouts", {}),
        ("cache", {"on": False}),
        ("pool", {"maxsize": 10}),
        ("threads", {"count": 32}),
        ("processes", {"count": 4}),
        ("feature", {"name": "recommendations", "on": True}),
        ("capacity", {"capacity": {"workers": 8}}),
    ],
)
def test_a_lever_is_reverted_to_what_the_run_was_started_with(name: str, reverted: dict[str, object]) -> None:
    assert lever(name, **EXAMPLES[name]).revert(OWN) == lever(name, **reverted)


def test_a_fault_is_reverted_by_clearing_the_faults() -> None:
    assert lever("fault", **EXAMPLES["fault"]).revert(OWN) == lever("clear_faults")


def test_nothing_reverts_the_clearing_of_faults() -> None:
    assert lever("clear_faults").revert(OWN) is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"lever": "throtle"}, "did you mean throttle"),
        ({"lever": "throttle", "rate_per_s": -1}, "lever.rate_per_s is -1"),
        ({"lever": "pool"}, "lever.maxsize is missing"),
    ],
)
def test_a_bad_lever_is_refused_with_the_remedy(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        lever(str(given["lever"]), **{key: value for key, value in given.items() if key != "lever"})


def test_a_handler_gets_the_settings_by_their_names() -> None:
    class Receiver:
        def set_timeouts(self, connect_s: float | None, read_s: float | None) -> None:
            self.got = (connect_s, read_s)

    receiver = Receiver()
    lever("timeouts", read_s=0.5).apply_to(receiver)
    assert receiver.got == (None, 0.5)
