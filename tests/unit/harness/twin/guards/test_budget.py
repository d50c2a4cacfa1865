"""The twin's retry budgets decide as those of the policies do."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from harness.model.resilience_settings import (
    BudgetSettings,
    QuotaBudgetSettings,
    RatioBudgetSettings,
    TokenBudgetSettings,
)
from harness.session.resilience import budget as production
from harness.twin.compiled import entry
from harness.twin.guards import budget as twin

STEPS = 30
HOW_MANY = pytest.mark.parametrize("sequences", [500, pytest.param(10_000, marks=pytest.mark.acceptance)])


@entry
def decided(budget, at_s, kinds, throttled, costs):
    """What each withdrawal of a sequence cost; a call, a withdrawal, or a result of the last withdrawal a step."""
    paid = 0.0
    for step in range(len(at_s)):
        if kinds[step] == 0:
            twin.call(budget, at_s[step])
        elif kinds[step] == 1:
            costs[step] = twin.withdraw(budget, at_s[step], throttled[step])
            paid = max(0.0, costs[step])
        else:
            twin.result(budget, kinds[step] == 2, paid)
            paid = 0.0


def expected(settings, at_s, kinds, throttled):
    budget, paid, costs = production.budget(settings), 0.0, []
    for at, kind, asked in zip(at_s.tolist(), kinds.tolist(), throttled.tolist(), strict=True):
        cost = 0.0
        if kind == 0:
            budget.call(at)
        elif kind == 1:
            cost = budget.withdraw(at, asked)
            paid, cost = cost or 0.0, twin.REFUSED if cost is None else cost
        else:
            budget.result(kind == 2, paid)
            paid = 0.0
        costs.append(cost)
    return costs


def some_settings(draw: Random) -> BudgetSettings:
    kind = draw.choice(["ratio", "quota", "grpc"])
    if kind == "ratio":
        return RatioBudgetSettings(
            kind="ratio",
            ratio=draw.random(),
            min_per_s=draw.choice([0.0, 0.3, 2.0]),
            window_s=draw.uniform(0.5, 10.0),
        )
    if kind == "quota":
        return QuotaBudgetSettings(
            kind="quota", tokens=draw.randint(5, 60), success_refund=draw.randint(1, 3)
        )
    return TokenBudgetSettings(
        kind="grpc", max_tokens=draw.uniform(1.0, 6.0), token_ratio=draw.uniform(0.05, 1.0)
    )


@HOW_MANY
def test_sequences_are_decided_alike(sequences):
    draw, rng, refused = Random(3), np.random.default_rng(3), 0
    for number in range(sequences):
        settings = some_settings(draw)
        at_s = np.cumsum(rng.exponential(draw.choice([0.01, 0.3, 3.0]), STEPS))
        kinds, throttled = rng.integers(0, 4, STEPS), rng.random(STEPS) < 0.3
        costs = np.zeros(STEPS)
        decided(twin.budget(settings)[0], at_s, kinds, throttled, costs)
        assert costs.tolist() == expected(settings, at_s, kinds, throttled), (number, settings)
        refused += int((costs == twin.REFUSED).sum())
    assert refused > sequences


def test_without_settings_nothing_is_refused():
    costs = np.zeros(3)
    decided(twin.budget(None)[0], np.arange(3.0), np.ones(3, int), np.zeros(3, bool), costs)
    assert costs.tolist() == [0.0, 0.0, 0.0]
