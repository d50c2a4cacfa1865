"""The twin's breaker decides as that of the policies does."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from harness.model.resilience_settings import BreakerSettings
from harness.session.resilience.circuit_breaker import CircuitBreaker
from harness.twin.compiled import entry
from harness.twin.guards import breaker as twin

STEPS = 60
HOW_MANY = pytest.mark.parametrize("sequences", [500, pytest.param(10_000, marks=pytest.mark.acceptance)])


@entry
def decided(breaker, at_s, results, late, generations):
    """The generation of each attempt; an attempt is settled at once, or where it is `late` at the end of the next."""
    owed, owed_result = -1, 0
    for step in range(len(at_s)):
        generations[step] = twin.allow(breaker, at_s[step])
        if owed >= 0:
            twin.settle(breaker, owed, at_s[step], owed_result)
            owed = -1
        if generations[step] >= 0 and late[step]:
            owed, owed_result = generations[step], results[step]
        elif generations[step] >= 0:
            twin.settle(breaker, generations[step], at_s[step], results[step])


def expected(settings, at_s, results, late):
    breaker, owed, found = CircuitBreaker(settings), None, []
    meaning = {twin.FAILED: False, twin.SUCCEEDED: True, twin.NOT_SENT: None}
    for at, result, waits in zip(at_s.tolist(), results.tolist(), late.tolist(), strict=True):
        generation = breaker.allow(at)
        found.append(twin.REFUSED if generation is None else generation)
        if owed is not None:
            breaker.settle(owed[0], at, owed[1])
        owed = (generation, meaning[result]) if generation is not None and waits else None
        if generation is not None and not waits:
            breaker.settle(generation, at, meaning[result])
    return found


@HOW_MANY
def test_sequences_are_decided_alike(sequences):
    draw, rng, refused = Random(5), np.random.default_rng(5), 0
    for number in range(sequences):
        settings = BreakerSettings(
            failure_ratio=draw.uniform(0.1, 1.0), minimum=draw.randint(1, 8), window_s=draw.uniform(0.2, 10.0),
            open_s=draw.uniform(0.05, 3.0), probes=draw.randint(1, 3),
        )  # fmt: skip
        at_s = np.cumsum(rng.exponential(draw.choice([0.01, 0.2, 1.0]), STEPS))
        results = rng.choice(3, STEPS, p=[0.5, 0.45, 0.05])
        late, generations = rng.random(STEPS) < 0.3, np.zeros(STEPS, int)
        decided(twin.breaker(settings)[0], at_s, results, late, generations)
        assert generations.tolist() == expected(settings, at_s, results, late), (number, settings)
        refused += int((generations == twin.REFUSED).sum())
    assert refused > sequences
