"""One request of a mix that the scenario's file describes, so that routes need no code."""

from typing import Any


class NoMix(Exception):
    """The scenario has no mix to choose from."""


def one_request(thread: Any) -> None:
    """One of the scenario's `[[mix]]`, by their weights."""
    if not thread.mix:
        raise NoMix("the scenario has no [[mix]]; describe at least one request")
    weights = [each.weight for each in thread.mix]
    chosen = thread.random.choices(thread.mix, weights)[0]
    thread.client.request(chosen.method, chosen.path, name=chosen.name)
