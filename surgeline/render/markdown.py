"""A verdict as Markdown for a pull request's comment."""

from __future__ import annotations

from harness.analyse.verdict.unseen import unseen_sentences
from harness.model.baseline import Baseline
from harness.model.formatting import format_interval, format_measured
from harness.model.verdict import Verdict
from harness.record.reader import Record

MARKS = {"pass": "✅ pass", "fail": "❌ fail", "inconclusive": "❔ inconclusive"}


def markdown(record: Record, before: Baseline, verdict: Verdict) -> str:
    """Headline, reasons, one row for each threshold, and the run's name."""
    run = record.run
    lines = [f"### surgeline: {MARKS[verdict.kind]} – {run.scenario.name} × {run.policy.name}", ""]
    lines += [f"- {_plain(reason)}" for reason in (*verdict.reasons, *unseen_sentences(verdict))]
    lines += ["", "| threshold | measured | 95% interval | n | |", "|---|---|---|---|---|"]
    for margin in verdict.margins:
        m = margin.measured
        cells = (
            _plain(margin.threshold),
            format_measured(m),
            format_interval(m),
            f"{m.n:,}",
            MARKS[margin.verdict],
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"Run `{run.id}`, seed {run.seed}, against `{before.run}`."]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
