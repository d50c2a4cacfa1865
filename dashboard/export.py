"""A comparison to take along: as a table for a spreadsheet, or as the report."""

from __future__ import annotations

import pandas as pd

from dashboard import words
from harness.model.verdict import Comparison


def as_csv(comparison: Comparison) -> str:
    """One row per difference, numbers as they are in base units, so that a spreadsheet can count with them."""
    rows = [
        {
            "measurement": d.measurement,
            "unit": d.unit,
            "policy_a": d.policy_a,
            "policy_b": d.policy_b,
            "a": d.a,
            "b": d.b,
            "difference": d.difference,
            "low": d.low,
            "high": d.high,
            "pairs": d.pairs,
            "verdict": d.verdict,
            "judged": words.judged(d),
        }
        for d in comparison.deltas
    ]
    return pd.DataFrame(rows).to_csv(index=False)
