"""The two axes of a map, read from `--x` and `--y`: which settings they are, and which values these take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from math import isfinite, pi

from pydantic import BaseModel

from harness.inputs.overrides import OF_RUNS
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from harness.model.stability_map import MOST_CELLS_PER_AXIS, MapAxis
from mock_upstream.profile import Profile

RATE = "arrivals.rate"
FORM = "must have the form KEY=LOW..HIGH, such as arrivals.rate=50..500 or retry.total=0..5"
Accepts = Callable[[Sequence[str]], None]
"""Raises ConfigError where these settings, as `--set` takes them, cannot be used."""


def read_axis(option: str, text: str, count: int, scenario: Scenario, accepts: Accepts) -> MapAxis:
    """One axis of at most `count` values, from LOW to HIGH in equal steps. Raises ConfigError.

    A setting that takes whole numbers only has fewer values where there are fewer whole numbers between the ends.
    """
    key, _, span = text.partition("=")
    low, high = _ends(option, text, span)
    keys = _keys(option, key.strip(), scenario)
    axis = MapAxis(title=key.strip(), keys=keys, values=tuple(_spaced(low, high, count)))
    whole = axis.model_copy(update={"values": _whole(axis.values), "whole": True})
    fits = whole if len(whole.values) > 1 and not _takes_fractions(axis, accepts) else axis
    for place in (0, -1):
        accepts(fits.settings(place))
    return fits


def cells_of(text: str) -> tuple[int, int]:
    """Reads `--cells 15x15`. Raises ConfigError."""
    wide, _, high = text.lower().partition("x")
    found = [int(part) if part.isascii() and part.isdigit() and len(part) < 4 else 0 for part in (wide, high)]
    if not all(2 <= number <= MOST_CELLS_PER_AXIS for number in found):
        problem = f"must have the form 15x15, with 2 to {MOST_CELLS_PER_AXIS} cells along each axis"
        raise ConfigError("--cells", text, problem)
    return found[0], found[1]


def _ends(option: str, text: str, span: str) -> tuple[float, float]:
    parts = span.split("..")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        raise ConfigError(option, text, FORM) from None
    if not (isfinite(low) and isfinite(high) and low < high):
        raise ConfigError(option, text, f"{FORM}, with LOW below HIGH")
    return low, high


def _spaced(low: float, high: float, count: int) -> list[float]:
    return [float(f"{low + (high - low) * place / (count - 1):.6g}") for place in range(count)]


def _whole(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(sorted({float(round(value)) for value in values}))


def _takes_fractions(axis: MapAxis, accepts: Accepts) -> bool:
    low, high = axis.values[0], axis.values[-1]
    between = axis.model_copy(update={"values": (low + (high - low) / pi, high)})
    try:
        accepts(between.settings(0))
    except ConfigError:
        return False
    return True


def _keys(option: str, key: str, scenario: Scenario) -> tuple[str, ...]:
    """The keys as `--set` takes them: with `policy.`, `scenario.` or `upstream.` where that was left out."""
    if key.removeprefix("scenario.") == RATE:
        return _rates(option, key, scenario)
    first = key.partition(".")[0]
    if first in OF_RUNS:
        return (key,)
    kinds: dict[str, type[BaseModel]] = {"policy": Policy, "scenario": Scenario, "upstream": Profile}
    owners = [name for name, kind in kinds.items() if first in kind.model_fields]
    if len(owners) == 1:
        return (f"{owners[0]}.{key}",)
    if owners:
        raise ConfigError(option, key, f"is a key of {' and '.join(owners)}; write {owners[0]}.{key}")
    known = [RATE, *(name for kind in kinds.values() for name in kind.model_fields)]
    close = get_close_matches(first, known, n=1)
    problem = f"is no setting of a policy, a scenario or an upstream{f'; did you mean {close[0]}?' if close else ''}"
    raise ConfigError(option, key, problem)


def _rates(option: str, key: str, scenario: Scenario) -> tuple[str, ...]:
    shapes = [phase.shape for phase in scenario.arrivals]
    if any(shape != "constant" for shape in shapes):
        problem = f"needs phases of a constant rate, and {scenario.name} has {', '.join(shapes)}; name one setting, "
        raise ConfigError(option, key, problem + "such as scenario.arrivals.0.rate_per_s")
    return tuple(f"scenario.arrivals.{number}.rate_per_s" for number in range(len(shapes)))
