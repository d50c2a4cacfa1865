"""Which of several policies to ship: from the verdicts on their runs and the differences between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Literal

from harness.model.margin_size import times_limit, worst_margin
from harness.model.quantities import HIGHER_IS_BETTER
from harness.model.verdict import Comparison, Decision, Difference, Margin, Verdict

Verdicts = Mapping[str, Sequence[Verdict | None]]


def decide(comparison: Comparison, verdicts: Verdicts) -> Decision:
    """The decision between the policies of a comparison; `verdicts` has those of each policy, None for no verdict.

    A policy holds when all of its runs passed, and is out when one of them failed. Nothing else decides whether a
    policy may be shipped; differences decide between policies that hold. Differences from an invalid run do not count.
    """
    comparison = _valid(comparison, verdicts)
    kinds = {policy: _worst(of_policy) for policy, of_policy in verdicts.items()}
    holding = tuple(policy for policy, kind in kinds.items() if kind == "pass")
    every = [verdict for of_policy in verdicts.values() for verdict in of_policy]
    base = Decision(
        kind="undecided",
        holding=holding,
        open_reasons=tuple((p, _reason(verdicts[p])) for p, kind in kinds.items() if kind == "inconclusive"),
        pairs=min((delta.runs for delta in comparison.deltas), default=0),
        runs=len(every),
        invalid_runs=sum(map(_is_invalid, every)),
    )
    if holding:
        return _between(comparison, kinds, base)
    if base.open_reasons:
        return base
    misses = {policy: _miss(of_policy) for policy, of_policy in verdicts.items()}
    nearest = min(misses, key=lambda policy: _size(misses[policy]))
    return base.model_copy(update={"kind": "none holds", "policy": nearest, "miss": misses[nearest]})


def _between(comparison: Comparison, kinds: Mapping[str, str], base: Decision) -> Decision:
    """The decision when at least one policy holds."""
    holding = base.holding
    best = [p for p in holding if all(_dominates(comparison, p, q) for q in holding if q != p)]
    if best:
        rivals = [p for p, _ in base.open_reasons] or [p for p in holding if p != best[0]]
        rivals = rivals or [p for p in kinds if p != best[0]]
        other = max(rivals, key=lambda p: len(_costs(comparison, best[0], p)), default=None)
        may_be_better = any(
            _costs(comparison, best[0], p) or not _pairs(comparison, best[0], p) for p, _ in base.open_reasons
        )
        return _recommended(
            comparison, base, "trade-off" if may_be_better else "clear winner", best[0], other
        )
    for a, b in combinations(holding, 2):
        if _shown_worse(comparison, a, b) and _shown_worse(comparison, b, a):
            return _recommended(comparison, base, "trade-off", a, b)
    return base


def _recommended(
    comparison: Comparison,
    base: Decision,
    kind: Literal["clear winner", "trade-off"],
    policy: str,
    other: str | None,
) -> Decision:
    gains = _shown_worse(comparison, other, policy) if other else []
    costs = _costs(comparison, policy, other) if other else []
    return base.model_copy(
        update={
            "kind": kind,
            "policy": policy,
            "other": other,
            "gains": tuple(_seen_from(policy, d) for d in gains),
            "costs": tuple(_seen_from(policy, d) for d in costs),
            "pairs": _pairs(comparison, policy, other) if other else 0,
        }
    )


def _costs(comparison: Comparison, policy: str, other: str) -> list[Difference]:
    """What `policy` costs against `other`: where it is shown to be worse, or its percentile alone is not reached."""
    shown = _shown_worse(comparison, policy, other)
    return shown + [d for d in _of(comparison, policy, other) if d.b is None and d.a is not None]


def _shown_worse(comparison: Comparison, policy: str, other: str) -> list[Difference]:
    """Where `policy` is shown to be worse than `other`, seen from `policy`: its value minus the other's."""
    return [
        d
        for d in _of(comparison, policy, other)
        if d.verdict == ("lower" if d.measurement in HIGHER_IS_BETTER else "higher")
    ]


def _of(comparison: Comparison, policy: str, other: str) -> list[Difference]:
    return [_seen_from(policy, d) for d in comparison.deltas if {d.policy_a, d.policy_b} == {policy, other}]


def _pairs(comparison: Comparison, policy: str, other: str) -> int:
    """How many pairs of runs a difference between two policies rests on, at least; 0 where there is none."""
    return min((d.runs for d in _of(comparison, policy, other)), default=0)


def _valid(comparison: Comparison, verdicts: Verdicts) -> Comparison:
    """The comparison without the differences from policies of which a run is invalid or was not judged."""
    invalid = {policy for policy, of_policy in verdicts.items() if any(map(_is_invalid, of_policy))}
    kept = tuple(d for d in comparison.deltas if not invalid & {d.policy_a, d.policy_b})
    return comparison.model_copy(update={"deltas": kept})


def _is_invalid(verdict: Verdict | None) -> bool:
    return verdict is None or (verdict.kind == "inconclusive" and verdict.invalid)


def _dominates(comparison: Comparison, policy: str, other: str) -> bool:
    return bool(_shown_worse(comparison, other, policy)) and not _costs(comparison, policy, other)


def _seen_from(policy: str, d: Difference) -> Difference:
    return d if d.policy_b == policy else d.turned


def _worst(verdicts: Sequence[Verdict | None]) -> str:
    kinds = {verdict.kind if verdict else "inconclusive" for verdict in verdicts}
    return next(
        (kind for kind in ("fail", "inconclusive") if kind in kinds), "pass" if kinds else "inconclusive"
    )


def _reason(verdicts: Sequence[Verdict | None]) -> str:
    """Why the first undecided run is open, and the remedy."""
    for verdict in verdicts:
        if verdict is not None and verdict.kind == "inconclusive" and verdict.reasons:
            return verdict.reasons[0]
    return "a run was not judged; run it again"


def _miss(verdicts: Sequence[Verdict | None]) -> Margin | None:
    """The broken threshold that is missed most, over all runs."""
    margins = [m for verdict in verdicts if verdict for m in verdict.margins if m.verdict == "fail"]
    return worst_margin(margins)


def _size(margin: Margin | None) -> float:
    return float("inf") if margin is None else times_limit(margin)
