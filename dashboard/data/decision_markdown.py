"""A comparison's decision as Markdown, for a pull request or a ticket."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.data import comparison_tables
from dashboard.theme import labels
from harness.model.decision_text import decision_text
from harness.model.verdict import Comparison
from harness.record.reader import Record


def decision_markdown(comparison: Comparison, records: Sequence[Record]) -> str:
    """The sentence, the verdicts, the differences from the first policy, and the names of the runs."""
    if comparison.decision is None:
        return ""
    lines = [f"### surgeline: {_plain(records[0].run.scenario.name)}", ""]
    lines += [f"**{_plain(decision_text(comparison.decision))}**", ""]
    lines += ["| run | policy | seed | verdict |", "|---|---|---|---|"]
    for record in records:
        verdict = labels.verdict_label(record.end.verdict if record.end else None)
        lines.append(f"| `{record.run.id}` | {record.run.policy.name} | {record.run.seed} | {verdict} |")
    frame = comparison_tables.difference_table(comparison, comparison.policies[0])
    lines += ["", _row(list(frame.columns)), "|" + "---|" * len(frame.columns)]
    lines += [_row(row) for row in frame.itertuples(index=False, name=None)]
    return "\n".join([*lines, "", comparison_tables.footnote(comparison)]) + "\n"


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(_plain(str(cell)) for cell in cells)} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
