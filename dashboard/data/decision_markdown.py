"""A comparison's decision as Markdown, for a pull request or a ticket."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.data import comparison_tables
from dashboard.data.markdown import markdown_table, plain
from dashboard.theme import labels
from harness.model.decision_text import decision_text
from harness.model.verdict import Comparison
from harness.record.reader import Record


def decision_markdown(comparison: Comparison, records: Sequence[Record]) -> str:
    """The sentence, the verdicts, the differences from the first policy, and the names of the runs."""
    if comparison.decision is None:
        return ""
    lines = [f"### surgeline: {plain(records[0].run.scenario.name)}", ""]
    lines += [f"**{plain(decision_text(comparison.decision))}**", ""]
    lines += markdown_table(pd.DataFrame(map(_run, records)))
    frame = comparison_tables.difference_table(comparison, comparison.policies[0])
    lines += ["", *markdown_table(frame)]
    return "\n".join([*lines, "", comparison_tables.footnote(comparison)]) + "\n"


def _run(record: Record) -> dict[str, object]:
    verdict = labels.verdict_label(record.end.verdict if record.end else None)
    run = record.run
    return {"run": f"`{run.id}`", "policy": run.policy.name, "seed": run.seed, "verdict": verdict}
