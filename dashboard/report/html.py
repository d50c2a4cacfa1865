"""Runs and their comparison as one HTML file that needs nothing else: no network, no script, any theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import pandas as pd

from dashboard.charts import anatomy, guards, pool, retries, side_by_side, traffic, upstream
from dashboard.charts.time import backdrop_of
from dashboard.data import comparison_tables
from dashboard.data.policy_settings import flat_settings, limits_of
from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.report.inline_svg import THEMES, inline
from dashboard.theme import labels
from dashboard.theme.palette import LIGHT
from harness.model.formatting import format_value
from harness.model.run import Run
from harness.model.verdict import Comparison
from harness.record.reader import Record

WIDTH = 980
CARD_NUMBERS = ("latency.p99", "error_ratio", "goodput", "amplification", "thread_wait.p99")
OVERLAID_AT_MOST = DETAILED_AT_MOST = 6


def html_report(records: Sequence[Record], comparison: Comparison | None) -> str:
    """The page. `records` are shown in their order; `comparison` may be None, as for a single run."""
    names = comparison_tables.run_labels(records)
    pictures = [run_frames(record) for record in records]
    body = [
        _head(records),
        _cards(records, names),
        _overlaid(records, names, pictures) if len(records) > 1 else "",
        _differences(comparison) if comparison is not None else "",
        _numbers(records),
        *(_run(records[i], names[i], pictures[i], i) for i in detailed(records)),
        _left_out(records, names),
        _policies(records),
        _repeat(records),
        _method(records),
    ]
    title = escape(" · ".join(["surgeline", *dict.fromkeys(r.run.scenario.name for r in records)]))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_style()}</style></head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )


def detailed(records: Sequence[Record]) -> list[int]:
    """Which runs are shown in detail: all of a few, of many the first of each policy."""
    if len(records) <= DETAILED_AT_MOST:
        return list(range(len(records)))
    policies = [record.run.policy.name for record in records]
    return [policies.index(policy) for policy in dict.fromkeys(policies)][:DETAILED_AT_MOST]


def _left_out(records: Sequence[Record], names: Sequence[str]) -> str:
    rest = [name for i, name in enumerate(names) if i not in detailed(records)]
    if not rest:
        return ""
    return f'<p class="quiet">Not shown in detail, but counted above: {escape(", ".join(rest))}.</p>'


def headline(records: Sequence[Record]) -> str:
    """Who keeps the promise and who doesn't, in one sentence."""
    by_policy: dict[str, list[str]] = {}
    for record in records:
        kind = record.end.verdict.kind if record.end else "unjudged"
        by_policy.setdefault(record.run.policy.name, []).append(kind)
    worst = {policy: _worst(kinds) for policy, kinds in by_policy.items()}
    said: list[str] = []
    for kind, one, many in (
        ("pass", "keeps the SLO", "keep the SLO"),
        ("fail", "breaks the SLO", "break the SLO"),
        ("inconclusive", "is undecided", "are undecided"),
        ("unjudged", "was not judged", "were not judged"),
    ):
        who = [policy for policy, of_policy in worst.items() if of_policy == kind]
        if who:
            text = f"{_listed(who)} {one if len(who) == 1 else many}"
            said.append(text.replace("the SLO", "it") if said else text)
    return "; ".join(said) + "."


def _worst(kinds: Iterable[str]) -> str:
    seen = set(kinds)
    return next(k for k in ("fail", "unjudged", "inconclusive", "pass") if k in seen)


def _listed(who: Sequence[str]) -> str:
    return who[0] if len(who) == 1 else f"{', '.join(who[:-1])} and {who[-1]}"


def _style() -> str:
    css = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {THEMES['dark']} }} }}"
    return f":root {{ {THEMES['light']} }}\n{dark}\n{css}"


def _head(records: Sequence[Record]) -> str:
    run = records[0].run
    scenario = run.scenario
    load = ", then ".join(f"{a.summary} for {a.duration_s:g} s" for a in scenario.arrivals)
    facts = [
        load,
        f"{scenario.service.threads} threads",
        _seeds(records),
        f"{run.started_at:%d %b %Y, %H:%M %Z}",
    ]
    description = f"<p>{escape(scenario.description)}</p>" if scenario.description else ""
    return (
        f'<header><div class="over">surgeline · {escape(scenario.name)}</div>'
        f"<h1>{escape(headline(records))}</h1>{description}"
        f'<p class="quiet">{escape(" · ".join(facts))}</p></header>'
    )


def _seeds(records: Sequence[Record]) -> str:
    seeds = sorted({r.run.seed for r in records})
    return ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(map(str, seeds))


def _cards(records: Sequence[Record], names: Sequence[str]) -> str:
    return '<div class="cards">' + "".join(map(_card, records, names)) + "</div>"


def _card(record: Record, name: str) -> str:
    end = record.end
    kind = end.verdict.kind if end else "unjudged"
    reasons = end.verdict.reasons if end else ("The run has no end, so it was not judged.",)
    verdict = labels.verdict_label(end.verdict if end else None)
    said = "".join(f"<li>{escape(reason)}</li>" for reason in reasons[:3])
    more = f'<li class="quiet">and {len(reasons) - 3} more</li>' if len(reasons) > 3 else ""
    numbers = "".join(
        f"<dt>{escape(labels.title(m.name))}</dt><dd><b>{escape(labels.value_label(m))}</b>"
        f"<small>{escape(labels.interval(m))}, n = {m.n:,}</small></dd>"
        for m in (labels.key_measurements(end, CARD_NUMBERS) if end else [])
    )
    return (
        f'<div class="card {kind}"><div class="verdict">{verdict}</div><div class="name">{escape(name)}</div>'
        f"<ul>{said}{more}</ul><dl>{numbers}</dl></div>"
    )


def _overlaid(records: Sequence[Record], names: Sequence[str], pictures: Sequence[RunFrames]) -> str:
    shown = list(zip(names, pictures, strict=True))[:OVERLAID_AT_MOST]
    names = [name for name, _ in shown]
    limits = limits_of(records[0].run.scenario.slo, "latency")
    seconds = pd.concat([p.seconds.assign(policy=n) for n, p in shown])
    quantiles = pd.concat([p.quantiles.assign(policy=n) for n, p in shown])
    behind = backdrop_of(max((p for _, p in shown), key=lambda p: p.until_s), LIGHT)
    over_time = side_by_side.overlaid(seconds, names, behind, limits)
    spread = side_by_side.distributions(quantiles, names, LIGHT, limits)
    return (
        "<section><h2>What happened</h2>"
        + inline(over_time, WIDTH, "over", "Goodput, failed calls and p99 over time, one line per policy")
        + "<h2>How long calls took</h2>"
        + inline([spread], WIDTH, "spread", "Latency by percentile, one line per policy")
        + "</section>"
    )


def _differences(comparison: Comparison) -> str:
    base = comparison.policies[0]
    found = comparison_tables.against(comparison, base)
    if not found:
        return ""
    rows: dict[str, list[str]] = {}
    for d in (d for of_policy in found.values() for d in of_policy):
        first = [
            f'<th scope="row">{escape(labels.title(d.measurement))}</th><td>{escape(format_value(d.a, d.unit))}</td>'
        ]
        cells = rows.setdefault(d.measurement, first)
        cells.append(
            f'<td class="{labels.difference_direction(d) or "same"}">'
            f"{escape(comparison_tables.difference_text(d))}</td>"
        )
    head = "".join(f"<th>{escape(n)}</th>" for n in ("", base, *found))
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows.values())
    return (
        f"<section><h2>Differences from {escape(base)}</h2>"
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f'<p class="quiet">{escape(comparison_tables.footnote(comparison))}</p></section>'
    )


def _numbers(records: Sequence[Record]) -> str:
    table = _table(comparison_tables.measurement_table(records))
    return f"<section><h2>Key numbers</h2>{table}</section>" if any(r.end for r in records) else ""


def _run(record: Record, name: str, seen: RunFrames, number: int) -> str:
    slo, behind = record.run.scenario.slo, backdrop_of(seen, LIGHT)
    prefix = f"run{number}"
    description = record.run.policy.description
    parts = [
        f'<section class="run"><h2>{escape(name)}</h2>',
        f"<p>{escape(description)}</p>" if description else "",
        f'<p class="quiet">All the time: {escape(", ".join(seen.standing))}.</p>' if seen.standing else "",
        _margins(record),
    ]
    if not seen.calls:
        return "".join([*parts, '<p class="quiet">No call has ended.</p></section>'])
    charts = traffic.traffic(seen.seconds, behind, limits_of(slo, "latency"), limits_of(slo, "error"))
    parts += [
        inline(charts, WIDTH, f"{prefix}-traffic", "Calls per second, failed calls and latency over time"),
        f"<h3>Where a call's time went</h3><p>{escape(anatomy.anatomy_sentence(seen.parts))}</p>",
        inline([anatomy.anatomy(seen.parts, behind)], WIDTH, f"{prefix}-anatomy", "Mean seconds by part"),
        f"<h3>Connection pool</h3><p>{escape(pool.pool_sentence(seen.pool))}</p>",
    ]
    if len(seen.pool):
        drawn = inline([pool.pool(seen.pool, behind)], WIDTH, f"{prefix}-pool", "Connections over time")
        parts.append(drawn)
    parts.append(f"<h3>The policy's guards</h3><p>{escape(guards.guards_sentence(seen.guards))}</p>")
    if seen.guards.sampled:
        charts = guards.guards(seen.guards, behind)
        parts.append(inline(charts, WIDTH, f"{prefix}-guards", "States of the policy's guards over time"))
    if len(seen.retries):
        charts = retries.retries(seen.retries, seen.seconds, behind, limits_of(slo, "amplification"))
        parts += ["<h3>Retries</h3>", inline(charts, WIDTH, f"{prefix}-retries", "Retries over time")]
    if len(seen.pulled):
        parts.append(f"<h3>Levers in this run</h3>{_table(_pulls(seen.pulled))}")
    if len(seen.served):
        parts.append(
            f"<h3>What the upstream saw</h3><p>{escape(upstream.upstream_sentence(seen.served))}</p>"
        )
    return "".join([*parts, "</section>"])


def _pulls(pulled: pd.DataFrame) -> pd.DataFrame:
    rows = pulled.assign(at_s=pulled["at_s"].map("{:.1f} s".format))
    return rows.set_axis(["At", "Lever", "Who", "Result"], axis="columns")


def _margins(record: Record) -> str:
    if record.end is None or not record.end.verdict.margins:
        return ""
    rows = [
        {
            "Threshold": m.threshold,
            "Verdict": " ".join(labels.VERDICTS[m.verdict]),
            "Measured": labels.value_label(m.measured),
            "95% interval": labels.interval(m.measured),
            "n": f"{m.measured.n:,}",
        }
        for m in record.end.verdict.margins
    ]
    return _table(pd.DataFrame(rows))


def _policies(records: Sequence[Record]) -> str:
    policies = {record.run.policy.name: record.run.policy for record in records}
    parts = []
    if len(policies) > 1:
        frame = comparison_tables.settings_that_differ(policies)
        parts.append(f"<h2>Where the policies differ</h2>{_table(frame)}")
    for name, policy in policies.items():
        rows = pd.DataFrame(list(flat_settings(policy).items()), columns=["Setting", "Value"])
        parts.append(f"<details><summary>Every setting of {escape(name)}</summary>{_table(rows)}</details>")
    return f"<section>{''.join(parts)}</section>"


def _repeat(records: Sequence[Record]) -> str:
    commands = "\n".join(dict.fromkeys(r.run.command for r in records if r.run.command))
    runs = "\n".join(r.run.id for r in records)
    return (
        f"<section><h2>To repeat this</h2><pre>{escape(commands)}</pre>"
        f"<h3>Recorded as</h3><pre>{escape(runs)}</pre></section>"
    )


def _method(records: Sequence[Record]) -> str:
    run: Run = records[0].run
    machine = ", ".join(f"{key} {value}" for key, value in labels.known_of_machine(run).items())
    versions = ", ".join(f"{key} {value}" for key, value in run.versions.items())
    return (
        "<footer><p>Latency counts from the moment a call was due, whatever kept the client from starting it. "
        "Intervals are 95% intervals that allow for calls in a burst being alike; a threshold passes or fails "
        f"only when its whole interval does. The first {run.scenario.slo.warmup_s:g} s are warm-up and are not "
        f"counted.</p><p>{escape(machine)}<br>{escape(versions)}</p></footer>"
    )


def _table(frame: pd.DataFrame) -> str:
    head = "".join(f"<th>{escape(str(column))}</th>" for column in frame.columns)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(str(row[0]))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in row[1:])
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
