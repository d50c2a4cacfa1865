"""The levers of a live run: a card each, a confirmation before one is applied or reverted, and what became of it."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from dashboard.components import elements
from harness.lab import lever_channel
from harness.model.errors import ConfigError, SurgelineError
from harness.model.lever import Pull
from harness.model.lever_base import Choice, Control, OwnSettings, Slider, Switch, Text
from harness.model.lever_catalogue import LEVERS, AnyLever
from harness.model.run import own_settings
from harness.record.reader import Record
from mock_upstream.config.toml import build

FIRST = 4
_OUTCOME = "lever-outcome"
Action = Literal["apply", "revert"]
DONE = {"apply": "Applied", "revert": "Reverted"}


@dataclass(frozen=True, slots=True)
class PullOutcome:
    """What became of the last lever: the question that was confirmed, and the answer."""

    asked: str
    text: str
    well: bool


@st.fragment
def lever_panel(record: Record, per_row: int) -> None:
    """Every lever that this live run offers, `per_row` beside each other. The record keeps who applied which."""
    run = record.run
    own = own_settings(run.policy, run.scenario, run.upstream)
    offered = [name for name, kind in LEVERS.items() if kind.controls(own) is not None]
    who = st.text_input("Your name, for the record", value=getpass.getuser())
    if outcome := st.session_state.get(_OUTCOME):
        _show(outcome)
    _cards(record, offered[:FIRST], own, who, per_row)
    with st.expander("More levers"):
        _cards(record, offered[FIRST:], own, who, per_row)


def described(title: str, controls: Sequence[Control], values: Mapping[str, Any]) -> str:
    """`Throttle: 65/s`; with several settings each is named."""
    texts = [(control.title, control.text(values[control.setting])) for control in _set(controls, values)]
    if len(controls) <= 1:
        return ": ".join([title, *(text for _, text in texts)])
    return f"{title} – " + ", ".join(f"{name}: {text}" for name, text in texts)


def composed(name: str, controls: Sequence[Control], values: Mapping[str, Any]) -> AnyLever | None:
    """The lever with the values that are shown; None as long as they make no lever."""
    settings = {control.setting: control.value(values[control.setting]) for control in _set(controls, values)}
    try:
        return build(Pull, {"id": "", "who": "", "lever": {"lever": name, **settings}}, "lever").lever
    except ConfigError:
        return None


def _set(controls: Sequence[Control], values: Mapping[str, Any]) -> list[Any]:
    return [control for control in controls if values.get(control.setting) is not None]


def _cards(record: Record, names: Sequence[str], own: OwnSettings, who: str, per_row: int) -> None:
    for begin in range(0, len(names), per_row):
        row = names[begin : begin + per_row]
        for name, column in zip(row, st.columns(per_row), strict=False):
            with column.container(border=True, gap="small", height="stretch"):
                _card(record, name, own, who)


def _card(record: Record, name: str, own: OwnSettings, who: str) -> None:
    kind = LEVERS[name]
    st.markdown(f"**{kind.title}**", help=kind.describe())
    controls = kind.controls(own) or ()
    values = {control.setting: _widget(control, f"lever-{name}-{control.setting}") for control in controls}
    lever = composed(name, controls, values)
    revert = None if lever is None else lever.revert(own)
    with st.container(horizontal=True):
        _action(record, name, "apply", lever, described(kind.title, controls, values), who)
        if lever is None or revert is not None:
            _action(record, name, "revert", revert, kind.title, who)


def _widget(control: Control, key: str) -> Any:
    """Draws one setting and returns what is shown; None for one that is left to the policy."""
    match control:
        case Slider(optional=True) if not st.toggle(f"Change the {control.title.lower()}", key=f"{key}-set"):
            return None
        case Slider(low=low, high=high, start=start, step=step, shown=shown):
            return st.slider(control.title, low, high, start, step, shown, key=key)
        case Choice(choices=choices, start=first):
            return st.segmented_control(control.title, choices, default=first, required=True, key=key)
        case Switch(start=on):
            return st.toggle(control.title, on, key=key)
        case Text(start=text):
            return st.text_input(control.title, text, key=key)


def _action(record: Record, name: str, action: Action, lever: AnyLever | None, what: str, who: str) -> None:
    """A button whose one confirmation opens in the browser at once, however busy the page is; it says what is done.

    What became of it takes the confirmation's place, so that it is not given twice by accident.
    """
    key = f"lever-{name}-{action}"
    asked = f"{action.capitalize()} **{elements.escaped(what)}** {'to' if action == 'apply' else 'on'} the live run?"
    kind: Literal["secondary", "tertiary"] = "secondary" if action == "apply" else "tertiary"
    with st.popover(action.capitalize(), key=key, type=kind, disabled=lever is None):
        outcome = st.session_state.get(_OUTCOME)
        if outcome is not None and outcome.asked == asked:
            _show(outcome)
            return
        st.markdown(asked)
        st.button(
            f"Yes, {action}",
            key=f"{key}-yes",
            type="primary",
            on_click=_pull,
            args=(record, lever, f"{DONE[action]} {what}", who, asked),
            disabled=lever is None,
        )


def _show(outcome: PullOutcome) -> None:
    (st.success if outcome.well else st.error)(elements.escaped(outcome.text))


def _pull(record: Record, lever: AnyLever, done: str, who: str, asked: str) -> None:
    """Pulls the lever and keeps what became of it for the panel to show."""
    try:
        pulled = lever_channel.pull_lever(record, {"lever": lever.lever, **lever.written()}, who)
    except SurgelineError as problem:
        st.session_state[_OUTCOME] = PullOutcome(asked, str(problem), well=False)
        return
    by = f"acknowledged by {pulled.acknowledged} of {pulled.processes} processes"
    text = pulled.problem or f"{done} at {pulled.at_s:.1f} s of the run, {by}."
    st.session_state[_OUTCOME] = PullOutcome(asked, text, well=not pulled.problem)
