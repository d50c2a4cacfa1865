"""A rehearsed rollout over time: the canary's share, the evidence for each decision, and the bad calls of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from dashboard.charts.decision_moment import decision_moment
from dashboard.charts.time import Backdrop, limits, lines
from dashboard.data.rollout_frames import LEAST_SHOWN, TOWARDS, RolloutFrames
from dashboard.theme.palette import Look, dash
from harness.model.formatting import format_share, format_value
from harness.model.rollout import RolloutPlan

SHARE_PX, LINES_PX = 120, 200
EVIDENCE = "Evidence for each decision, as a ratio of what it needs"
NOT_YET = "No second of the rollout has been compared yet."


def rollout(seen: RolloutFrames, behind: Backdrop) -> list[alt.LayerChart]:
    """Three panels over the same seconds; none before the first second."""
    if seen.result is None or seen.share.empty:
        return []
    palette = behind.palette
    looks = {"share": (palette.series_1, dash(0))}
    share = lines(seen.share, looks, ("share", ".1%"), shape="step-after", legend=False).encode(
        x=behind.x(labelled=False), y=_share_axis(seen.share)
    )
    colours = (palette.bad, palette.limit, palette.good)
    towards = {
        name: (colour, dash(i))
        for i, (name, colour) in enumerate(zip(TOWARDS.values(), colours, strict=True))
    }
    top = max(1.2, float(seen.evidence["value"].max()))
    scale = alt.Scale(domain=[LEAST_SHOWN, top], nice=False)
    evidence = lines(seen.evidence, towards, ("evidence", ".2f"), shape="step-after").encode(
        x=behind.x(labelled=False), y=alt.Y("value:Q", axis=alt.Axis(title=None), scale=scale)
    )
    names = list(dict.fromkeys(seen.bad["series"]))
    arms = {
        name: (colour, dash(i)) for i, (name, colour) in enumerate(zip(names, palette.series, strict=False))
    }
    bad = lines(seen.bad, arms, ("bad calls", ".2%"), shape="step-after").encode(
        x=behind.x(), y=_share_axis(seen.bad)
    )
    needed = limits({"at 1 it decides": 1.0}, palette)
    return [
        _panel(behind, [share], seen, "Share of the calls that the new policy gets", SHARE_PX, named=True),
        _panel(behind, [evidence, *needed], seen, EVIDENCE, LINES_PX, over=_at_decision(seen, behind, towards)),
        _panel(behind, [bad], seen, "Share of bad calls, in five seconds", LINES_PX),
    ]  # fmt: skip


def rollout_sentence(seen: RolloutFrames) -> str:
    """The decision with its cause and counts, and what it cost, in two sentences."""
    return NOT_YET if seen.result is None else f"{seen.result.decision} {seen.result.cost}"


def plan_sentence(plan: RolloutPlan) -> str:
    """By what the rollout decides: the plan as it was before the start, in whole sentences."""
    steps = ", ".join(
        f"{format_share(s.share)} for at most {format_value(s.at_most_s, 's')}" for s in plan.steps
    )
    slow = f" or took longer than {format_value(plan.slow_s, 's')}" if plan.slow_s is not None else ""
    held = [
        f"burn rates of {plan.limits.fast_burn_rate:g} and {plan.limits.slow_burn_rate:g} "
        f"(of an error budget of {format_share(plan.limits.error_budget)})"
    ]
    if plan.limits.latency_ceiling_s is not None:
        held.append(f"a latency ceiling of {format_value(plan.limits.latency_ceiling_s, 's')}")
    if plan.limits.queue_depth is not None:
        held.append(f"a queue of {plan.limits.queue_depth} calls")
    return (
        f"Plan {plan.name}: {steps}. A call was bad if it failed{slow}. Limits: {', '.join(held)}. "
        "Each decision is taken once its evidence reaches 1."
    )


def _share_axis(frame: pd.DataFrame) -> alt.Y:
    most = max(0.01, float(frame["value"].max()) * 1.35)  # Above the line there is room for a fault's name.
    return alt.Y(
        "value:Q",
        axis=alt.Axis(title=None, format="~%", tickCount=4),
        scale=alt.Scale(domain=[0, most], nice=False),
    )


def _panel(
    behind: Backdrop,
    drawn: list[alt.Chart],
    seen: RolloutFrames,
    title: str,
    height: int,
    *,
    named: bool = False,
    over: Sequence[alt.Chart] = (),
) -> alt.LayerChart:
    """The lines, the moment of the decision, and what is drawn over it; the first panel names it and the faults."""
    layers = [*drawn, *_decision(behind, seen, named=named), *over]
    return behind.behind(*layers, labels=named).properties(height=height, title=title)


def _at_decision(seen: RolloutFrames, behind: Backdrop, looks: Mapping[str, Look]) -> list[alt.Chart]:
    """A point for each line at the decision: where a line steps up to it, the moment's rule lies over the step."""
    decided_s = seen.result.decided_s if seen.result is not None else None
    last = seen.evidence[seen.evidence["at_s"] == decided_s]
    if last.empty:
        return []
    colours = alt.Scale(domain=list(looks), range=[colour for colour, _ in looks.values()])
    return [
        alt.Chart(last)
        .mark_point(filled=True, size=70, opacity=1, stroke=behind.palette.ground, strokeWidth=1.5)
        .encode(
            x=behind.x(labelled=False),
            y="value:Q",
            fill=alt.Fill("series:N", scale=colours, legend=None),
            tooltip=["series:N", alt.Tooltip("value:Q", title="evidence at the decision", format=".2f")],
        )
    ]


def _decision(behind: Backdrop, seen: RolloutFrames, *, named: bool) -> list[alt.Chart]:
    result = seen.result
    if result is None:
        return []
    palette = behind.palette
    colour = {"rolled back": palette.bad, "promoted": palette.good}.get(result.state, palette.quiet)
    return decision_moment(behind, result.decided_s, result.state, colour, named=named)
