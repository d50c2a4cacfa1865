"""The thresholds of an SLO as a table: what was required, what was measured, and the verdict on each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.theme import labels
from harness.model.verdict import Margin

COLUMNS = ["Threshold", "Verdict", "Measured", "95% interval", "n"]


def margin_table(margins: Sequence[Margin]) -> pd.DataFrame:
    """One row per threshold, a text in every cell."""
    rows = [
        (
            m.threshold,
            " ".join(labels.VERDICTS[m.verdict]),
            labels.value_label(m.measured),
            labels.interval(m.measured),
            f"{m.measured.n:,}",
        )
        for m in margins
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
