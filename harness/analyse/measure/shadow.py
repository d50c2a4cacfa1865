"""What a shadow has shown, from the calls that it repeated."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.shadow_result import FieldCount, Repetitions, ShadowResult


def shadow_of(rollout: RehearsedRollout, repeated: pd.DataFrame) -> ShadowResult:
    """The result from the table `shadow`, in the order in which it was written; it may be empty.

    A difference that was shown once stays so. That there is none is what all repetitions together say.
    """
    shown = repeated.loc[repeated["difference"] >= 1.0, "at_s"]
    same = len(repeated) > 0 and float(repeated["no_difference"].iloc[-1]) >= 1.0
    by = {who: repeated[repeated["repeated_by"] == who] for who in ("new", "old", "")}
    return ShadowResult(
        state="differs" if len(shown) else "same" if same else "undecided",
        decided_s=float(shown.iloc[0]) if len(shown) else None,
        new=_repetitions(rollout.new.name, by["new"]),
        old=_repetitions(rollout.old.name, by["old"]),
        failed=int(by["new"]["failed"].sum()),
        dropped=len(by[""]),
        fields=_fields(by["new"], by["old"]),
    )


def _repetitions(policy: str, rows: pd.DataFrame) -> Repetitions:
    return Repetitions(policy=policy, calls=len(rows), different=int((rows["different"] != "").sum()))


def _fields(new: pd.DataFrame, old: pd.DataFrame) -> tuple[FieldCount, ...]:
    counts = [
        Counter(name for names in rows["different"] if names for name in names.splitlines())
        for rows in (new, old)
    ]
    names = sorted(
        counts[0].keys() | counts[1].keys(), key=lambda name: (-counts[0][name], -counts[1][name], name)
    )
    return tuple(FieldCount(name=name, new=counts[0][name], old=counts[1][name]) for name in names)
