"""The twin's throttles decide as those of the policies do."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from harness.model.resilience_settings import AdaptiveThrottleSettings, RateThrottleSettings
from harness.session.resilience import throttle as production
from harness.twin.compiled import entry
from harness.twin.guards import throttle as twin

STEPS = 30
HOW_MANY = pytest.mark.parametrize("sequences", [500, pytest.param(10_000, marks=pytest.mark.acceptance)])


@entry
def reserved(throttle, at_s, waits_s):
    for step in range(len(at_s)):
        waits_s[step] = twin.reserve(throttle, at_s[step])


@entry
def allowed(throttle, at_s, uniform, accepts, found):
    for step in range(len(at_s)):
        found[step] = twin.allow(throttle, at_s[step], uniform[step])
        if accepts[step]:
            twin.accepted(throttle, at_s[step])


class Fixed:
    """A source of random numbers that gives these."""

    def __init__(self, numbers):
        self.numbers = iter(numbers)

    def random(self):
        return next(self.numbers)


@HOW_MANY
def test_sequences_wait_alike_for_their_rate(sequences):
    draw, rng = Random(7), np.random.default_rng(7)
    for number in range(sequences):
        settings = RateThrottleSettings(
            kind="rate",
            rate_per_s=draw.uniform(0.5, 100.0),
            burst=draw.randint(1, 5),
            wait_s=draw.uniform(0.0, 1.0),
        )
        at_s, waits_s = np.cumsum(rng.exponential(0.05, STEPS)), np.zeros(STEPS)
        reserved(twin.throttle(settings)[0], at_s, waits_s)
        throttle = production.throttle(settings)
        expected = [throttle.reserve(at) for at in at_s.tolist()]
        assert waits_s.tolist() == [twin.REFUSED if w is None else w for w in expected], (number, settings)


@HOW_MANY
def test_sequences_are_refused_alike_by_what_the_host_accepts(sequences):
    draw, rng, refused = Random(9), np.random.default_rng(9), 0
    for number in range(sequences):
        settings = AdaptiveThrottleSettings(
            kind="adaptive", k=draw.uniform(1.0, 3.0), window_s=draw.uniform(0.5, 20.0)
        )
        at_s, uniform = np.cumsum(rng.exponential(0.1, STEPS)), rng.random(STEPS)
        accepts, found = rng.random(STEPS) < draw.random(), np.zeros(STEPS, bool)
        allowed(twin.throttle(settings)[0], at_s, uniform, accepts, found)
        throttle, source, expected = production.throttle(settings), Fixed(uniform.tolist()), []
        for at, accepted in zip(at_s.tolist(), accepts.tolist(), strict=True):
            expected.append(throttle.allow(at, source))
            if accepted:
                throttle.accepted(at)
        assert found.tolist() == expected, (number, settings)
        refused += int((~found).sum())
    assert refused > sequences
