"""Comparisons of which the decision is known: a clear winner, a trade-off, and one that is undecided."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from harness.model.policy import Policy
from harness.model.scenario import Scenario
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_runs import CAREFUL, STARTED, STATELESS, TEXTBOOK


def compared(
    root: Path, name: str, thresholds: list[str], *policies: Policy, seeds: tuple[int, ...] = (7,)
) -> list[Path]:
    """One run of each policy and seed under a scenario of this name with these thresholds."""
    slo = {"warmup_s": 3.0, "thresholds": thresholds}
    plain = made_runs.scenario(name).model_dump() | {"slo": slo}
    scenarios = [Scenario.model_validate(plain | {"seed": seed}) for seed in seeds]
    pairs = [(policy, of) for policy in policies for of in scenarios]
    return [
        made_runs.complete(root, policy, of, STARTED + timedelta(minutes=i))
        for i, (policy, of) in enumerate(pairs)
    ]


def clear_winner(root: Path) -> list[Path]:
    """Calls of `stateless` fail in more than 1%, and those of `careful` do not."""
    return compared(root, "winner", ["ratio(error) < 1%"], STATELESS, CAREFUL)


def trade_off(root: Path) -> list[Path]:
    """Both policies are inside 8% of failed calls: `stateless` fails more, `textbook` is slower."""
    return compared(root, "trade-off", ["ratio(error) < 8%"], STATELESS, TEXTBOOK)


def undecided(root: Path) -> list[Path]:
    """The limit lies within the interval of `careful`, and `stateless` is beyond it."""
    return compared(root, "undecided", ["p99(latency) < 250ms", "ratio(error) < 1%"], STATELESS, CAREFUL)
