"""The calls of a journey, found by playing it without a network: every response succeeds, and then one of them fails.

`thread.random` draws here what it draws in a run, so each arrival's journey makes the calls that it makes there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from harness.model.errors import ConfigError
from harness.model.scenario import Scenario
from harness.session.build.user_code import load_object

MOST_STEPS = 100
MORE = 1.5
"""By how much more journeys are played than were asked for, so that longer runs of a seed play few again."""


class Step(NamedTuple):
    """One call of a journey. `stops` says that the journey ends when it fails."""

    method: str
    path: str
    name: str
    stops: bool = False


Steps = tuple[Step, ...]


class _PlayedResponse:
    """A response that succeeded, or one that failed."""

    def __init__(self, ok: bool) -> None:
        self.ok, self.status_code = ok, 200 if ok else 0
        self.headers: dict[str, str] = {}


class _TooLong(Exception):
    """The journey makes more calls than are modelled."""


class _Recorder:
    """What a journey sees as its thread, and as its client."""

    def __init__(self, scenario: Scenario, arrival: int, failing: int) -> None:
        self.steps: list[Step] = []
        self.mix = scenario.mix
        self.client = self
        self._seed, self._arrival, self._failing = scenario.seed, arrival, failing

    @property
    def random(self) -> random.Random:
        return random.Random(f"{self._seed}.{self._arrival}.{len(self.steps)}")  # noqa: S311

    def feature(self, name: str) -> bool:  # noqa: ARG002
        return True

    def request(self, method: str, path: str, *, name: str = "", **_: object) -> _PlayedResponse:
        if len(self.steps) >= MOST_STEPS:
            raise _TooLong
        path = urlsplit(path).path
        self.steps.append(Step(method, path, name or path))
        return _PlayedResponse(len(self.steps) - 1 != self._failing)

    def __getattr__(self, verb: str) -> Callable[..., _PlayedResponse]:
        if verb not in ("get", "post", "put", "patch", "delete", "head"):
            raise AttributeError(verb)
        return lambda path, **kwargs: self.request(verb.upper(), path, **kwargs)


def journeys(scenario: Scenario, count: int) -> list[Steps]:
    """The steps of the first `count` arrivals. Raises ConfigError for a journey that the twin cannot play."""
    parts = scenario.model_copy(update={"arrivals": (), "timeline": ()})
    key = (scenario.journey, scenario.mix, scenario.seed)
    played = _PLAYED.setdefault(key, [])
    if len(played) < count:
        play = _journey(scenario.journey, scenario.name)
        until = max(count, int(len(played) * MORE))
        played += [_played(play, parts, arrival) for arrival in range(len(played), until)]
        while len(_PLAYED) > KEPT:
            del _PLAYED[next(iter(_PLAYED))]
    return played[:count]


KEPT = 64
_PLAYED: dict[object, list[Steps]] = {}


@lru_cache(maxsize=KEPT)
def _journey(spec: str, place: str) -> Callable[[Any], object]:
    return load_object(spec, place, "journey")


def _played(play: Callable[[Any], object], scenario: Scenario, arrival: int) -> Steps:
    whole = _calls(play, scenario, arrival, -1)
    found = []
    for place, step in enumerate(whole[:-1]):
        after = _calls(play, scenario, arrival, place)
        stops = len(after) == place + 1
        if not stops and after != whole:
            raise _unknown(scenario, "makes other calls after a failure than after a success")
        found.append(step._replace(stops=stops))
    return (*found, whole[-1])


def _calls(play: Callable[[Any], object], scenario: Scenario, arrival: int, failing: int) -> list[Step]:
    recorder = _Recorder(scenario, arrival, failing)
    try:
        play(recorder)
    except Exception as error:
        why = f"needs more of a response than whether it succeeded ({type(error).__name__})"
        raise _unknown(scenario, why) from None
    if not recorder.steps:
        raise _unknown(scenario, "makes no calls")
    return recorder.steps


def _unknown(scenario: Scenario, why: str) -> ConfigError:
    problem = f"is {scenario.journey!r}, which {why}; the twin cannot predict it, run it in the lab"
    return ConfigError(scenario.name, "journey", problem)
