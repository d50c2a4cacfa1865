"""The calls of a journey, found by playing it without a network: every response succeeds, and then one of them fails.

`thread.random` draws here what it draws in a run, so each arrival's journey makes the calls that it makes there. A
journey that draws nothing is the same for every arrival, and is played once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from harness.model.errors import ConfigError
from harness.model.scenario import Scenario
from harness.session.build.user_code import load_object
from harness.twin.world import Longs

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
        self.headers: Mapping[str, str] = MappingProxyType({})


_OK, _FAILED = _PlayedResponse(True), _PlayedResponse(False)


class _TooLong(Exception):
    """The journey makes more calls than are modelled."""


class _Recorder:
    """What a journey sees as its thread, and as its client."""

    def __init__(self, scenario: Scenario, arrival: int, failing: int) -> None:
        self.steps: list[Step] = []
        self.draws = self.thinks = False
        self.mix = scenario.mix
        self.client = self
        self._seed, self._arrival, self._failing = scenario.seed, arrival, failing

    @property
    def random(self) -> random.Random:
        self.draws = True
        return random.Random(f"{self._seed}.{self._arrival}.{len(self.steps)}")  # noqa: S311

    def feature(self, name: str) -> bool:  # noqa: ARG002
        return True

    def think(self, duration_s: float) -> None:
        self.thinks |= duration_s > 0

    def request(self, method: str, path: str, *, name: str = "", **_: object) -> _PlayedResponse:
        if len(self.steps) >= MOST_STEPS:
            raise _TooLong
        self.steps.append(_step(method, path, name))
        return _FAILED if len(self.steps) - 1 == self._failing else _OK

    def __getattr__(self, verb: str) -> Callable[..., _PlayedResponse]:
        if verb not in ("get", "post", "put", "patch", "delete", "head"):
            raise AttributeError(verb)
        return lambda path, **kwargs: self.request(verb.upper(), path, **kwargs)


class _Played:
    """The journeys of arrivals as far as they were played: the different ones, and which one each arrival makes."""

    def __init__(self, play: Callable[[Any], object], scenario: Scenario) -> None:
        self._play, self._scenario = play, scenario
        self._numbers: dict[Steps, int] = {}
        self._of_arrival: list[int] = []
        self._draws = False
        self._lock = Lock()

    def first(self, count: int) -> tuple[list[Steps], Longs]:
        """Those of the first `count` arrivals."""
        with self._lock:
            self._play_until(1)
            if not self._draws:
                return [*self._numbers], np.zeros(count, np.int64)
            if count > len(self._of_arrival):
                self._play_until(max(count, int(len(self._of_arrival) * MORE)))
            return [*self._numbers], np.array(self._of_arrival[:count], np.int64)

    def _play_until(self, count: int) -> None:
        for arrival in range(len(self._of_arrival), count):
            steps, draws = _played(self._play, self._scenario, arrival)
            self._of_arrival.append(self._numbers.setdefault(steps, len(self._numbers)))
            self._draws |= draws


@lru_cache(maxsize=4096)
def _step(method: str, path: str, name: str) -> Step:
    path = urlsplit(path).path
    return Step(method, path, name or path)


def journeys(scenario: Scenario, count: int) -> tuple[list[Steps], Longs]:
    """The different journeys of a scenario, and which one each of its first `count` arrivals makes, shape (count,).

    Raises ConfigError for a journey that the twin cannot play.
    """
    key = (scenario.journey, scenario.mix, scenario.seed)
    if key not in _PLAYED:
        parts = scenario.model_copy(update={"arrivals": (), "timeline": ()})
        _PLAYED[key] = _Played(_journey(scenario.journey, scenario.name), parts)
        while len(_PLAYED) > KEPT:
            del _PLAYED[next(iter(_PLAYED))]
    return _PLAYED[key].first(count)


KEPT = 64
_PLAYED: dict[object, _Played] = {}


@lru_cache(maxsize=KEPT)
def _journey(spec: str, place: str) -> Callable[[Any], object]:
    return load_object(spec, place, "journey")


def _played(play: Callable[[Any], object], scenario: Scenario, arrival: int) -> tuple[Steps, bool]:
    """The journey of an arrival, and whether it draws."""
    whole = _calls(play, scenario, arrival, -1)
    found, draws = [], whole.draws
    for place, step in enumerate(whole.steps[:-1]):
        after = _calls(play, scenario, arrival, place)
        stops = len(after.steps) == place + 1
        if not stops and after.steps != whole.steps:
            raise _unknown(scenario, "makes other calls after a failure than after a success")
        found.append(step._replace(stops=stops))
        draws |= after.draws
    return (*found, whole.steps[-1]), draws


def _calls(play: Callable[[Any], object], scenario: Scenario, arrival: int, failing: int) -> _Recorder:
    recorder = _Recorder(scenario, arrival, failing)
    try:
        play(recorder)
    except Exception as error:
        why = f"needs more of a response than whether it succeeded ({type(error).__name__})"
        raise _unknown(scenario, why) from None
    if recorder.thinks:
        raise _unknown(scenario, "waits as a user does before a call, so that a thread is in use for longer")
    if not recorder.steps:
        raise _unknown(scenario, "makes no calls")
    return recorder


def _unknown(scenario: Scenario, why: str) -> ConfigError:
    problem = f"is {scenario.journey!r}, which {why}; the twin cannot predict it, run it in the lab"
    return ConfigError(scenario.name, "journey", problem)
