"""Requests that the scenario's file describes, so that routes need no code: one of them, or all in order."""

from typing import Any


class NoMix(Exception):
    """The scenario has no mix to choose from."""


def one_request(thread: Any) -> None:
    """One of the scenario's `[[mix]]`, by their weights."""
    mix = _mix(thread)
    chosen = thread.random.choices(mix, [each.weight for each in mix])[0]
    thread.client.request(chosen.method, chosen.path, name=chosen.name)


def in_order(thread: Any) -> None:
    """All of the scenario's `[[mix]]`, one after the other, with the time that the user waits before each."""
    for each in _mix(thread):
        if each.think_s:
            thread.think(each.think_s)
        thread.client.request(each.method, each.path, name=each.name)


def _mix(thread: Any) -> Any:
    if not thread.mix:
        raise NoMix("the scenario has no [[mix]]; describe at least one request")
    return thread.mix
