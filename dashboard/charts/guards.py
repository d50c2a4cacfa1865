"""The policy's guards over time: breakers by host, the retry budget, throttle, bulkhead, limiter and hedges."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from dashboard.charts.time import LANE_PX, Backdrop, lines, text_with_halo
from dashboard.data.guard_frames import HEDGES, GuardFrames
from dashboard.data.guard_piece import LIMITS, PLACES, RATES, SHARES
from dashboard.theme.palette import Look, Palette, dash
from harness.analyse.measure.guards import GuardActivity
from harness.model.formatting import format_value
from harness.model.hedge_settings import NotHedged

HOST_PX, FRAME_PX, LINES_PX = 46, 92, 200
HEIGHTS = {"open": 0.55, "half-open": 0.3, "closed": 0.08}
"""How high a state's band is, of its host's lane: no state is told by its colour alone."""
NAMED_AT_MOST = 3
NOT_RECORDED = "Not recorded: this run was made by an earlier version."


def guards(seen: GuardFrames, behind: Backdrop) -> list[alt.LayerChart]:
    """A panel for each kind of guard that the run had; none for a policy without guards."""
    palette = behind.palette
    first, second = (palette.series_1, dash(0)), (palette.part_orange, dash(1))
    panels = [_breakers(seen, behind)] if len(seen.breakers) else []
    for frame, names, tooltip, title in (
        (seen.shares, SHARES, ("share", ".0%"), _both(seen.shares)),
        (seen.rates, RATES, ("attempts/s", ".1f"), "Attempts per second that the throttle allows"),
        (seen.places, PLACES, ("count", ".0f"), "Bulkhead: places taken, and attempts waiting"),
        (seen.limits, LIMITS, ("attempts", ".1f"), "Limiter: concurrency limit, and attempts in flight"),
        (seen.hedges, HEDGES, ("hedges/s", ".0f"), "Hedges per second: those that won, and those that lost"),
    ):
        if len(frame):
            looks = dict(zip(names.values(), (first, second), strict=False))
            panels.append(_lines(frame, looks, (tooltip, title), behind, labels=not panels))
    return panels


def _both(shares: pd.DataFrame) -> str:
    """The names of the lines that are there, as a title."""
    title = ", and ".join(shares["series"].unique())
    return title[:1].upper() + title[1:]


def _breakers(seen: GuardFrames, behind: Backdrop) -> alt.LayerChart:
    """A lane for each host, with a band for each period in which its breaker was in one state."""
    hosts = list(dict.fromkeys(seen.breakers["host"]))
    lane = seen.breakers["host"].map({host: float(i) for i, host in enumerate(hosts, 1)})
    high = lane - seen.breakers["state"].map(HEIGHTS)
    bands = seen.breakers.rename(columns={"start_s": "at_s"}).assign(low=lane, high=high)
    labels = int(behind.spans["row"].max()) + 1 if len(behind.spans) else 0
    y = alt.Y(
        "low:Q",
        axis=alt.Axis(title=None, labels=False, grid=False),
        scale=alt.Scale(domain=[-labels * LANE_PX / HOST_PX, len(hosts)], reverse=True, nice=False),
    )
    drawn = (
        alt.Chart(bands)
        .mark_rect(clip=True)
        .encode(
            x=behind.x(),
            x2="end_s:Q",
            y=y,
            y2="high:Q",
            color=_state_colour(behind.palette),
            tooltip=[
                alt.Tooltip("host:N"),
                alt.Tooltip("state:N", title="breaker"),
                alt.Tooltip("at_s:Q", title="from, s", format=".1f"),
                alt.Tooltip("end_s:Q", title="to, s", format=".1f"),
            ],
        )
    )
    named = alt.Chart(pd.DataFrame({"host": hosts, "low": range(len(hosts))}))
    named = named.encode(x=alt.value(0), y="low:Q", text="host:N")
    look = {"align": "left", "baseline": "top", "dx": 5, "dy": 5}
    layered = behind.behind(drawn, *text_with_halo(named, behind.palette, behind.palette.ink, look))
    few = f" ({len(hosts)} of {len(seen.opened)} hosts)" if len(hosts) < len(seen.opened) else ""
    height = FRAME_PX + HOST_PX * len(hosts) + LANE_PX * labels
    return layered.properties(height=height, title=f"Circuit breaker, by host{few}")


def _state_colour(palette: Palette) -> alt.Color:
    colours = {"open": palette.bad, "half-open": palette.series_5, "closed": palette.good}
    return alt.Color(
        "state:N",
        title=None,
        scale=alt.Scale(domain=list(HEIGHTS), range=[colours[state] for state in HEIGHTS]),
        legend=alt.Legend(symbolType="square", symbolStrokeWidth=0),
    )


def _lines(
    long: pd.DataFrame,
    looks: dict[str, Look],
    named: tuple[tuple[str, str], str],
    behind: Backdrop,
    *,
    labels: bool,
) -> alt.LayerChart:
    """`named` is the values' tooltip and the panel's title; of several panels the first names the faults."""
    tooltip, title = named
    present = {name: look for name, look in looks.items() if name in set(long["series"])}
    share = tooltip[0] == "share"
    axis = alt.Axis(title=None, format="~%" if share else "~r")
    scale = alt.Scale(domain=[0, 1]) if share else alt.Scale(zero=True)
    drawn = lines(long, present, tooltip, shape="step-after").encode(
        x=behind.x(), y=alt.Y("value:Q", axis=axis, scale=scale)
    )
    return behind.behind(drawn, labels=labels).properties(height=LINES_PX, title=title)


def guards_sentence(seen: GuardFrames) -> str:
    """What the guards did, in whole sentences, each with its number of samples; or why there is nothing to show."""
    if not seen.recorded:
        return NOT_RECORDED
    if not seen.sampled:
        return (
            "No sample of this policy's guards was taken." if seen.declared else "This policy has no guards."
        )
    found = [
        *_opened(seen.opened, {one.host: one for one in seen.half_opened}),
        *_budget(seen),
        *_refused(seen),
    ]
    if len(seen.places):
        most = seen.places.groupby("series")["value"].max()
        taken, waiting = (int(most[name]) for name in PLACES.values())
        found.append(
            f"At most {taken} places of the bulkhead were taken, and at most {waiting} attempts waited for one."
        )
    if len(seen.limits):
        found.append(_limited(seen))
    found += hedges_sentences(seen)
    if len(seen.rates):
        found.append(
            f"The lowest rate that a throttle allowed was {seen.rates['value'].min():g} attempts per second."
        )
    return " ".join(found)


def _opened(opened: Sequence[GuardActivity], half_opened: dict[str, GuardActivity]) -> list[str]:
    named = [one for one in opened if one.periods][:NAMED_AT_MOST]
    found = []
    for one in named:
        half = half_opened[one.host]
        probed = f", and half-open for {_lasted(half)}" if half.periods else ""
        found.append(f"The breaker of {one.host} was open for {_lasted(one)}{probed} ({_samples([one])}).")
    others = opened[len(named) :]
    still_open = sum(one.periods > 0 for one in others)
    if len(others) == 1 and not still_open:
        found.append(f"The breaker of {others[0].host} was never open ({_samples(others)}).")
    elif others:
        which = f"the {len(others)} other hosts" if named else f"the {len(others)} hosts"
        how = f"{still_open} were open at times" if still_open else "none was ever open"
        found.append(f"Of the breakers of {which}, {how} ({_samples(others)}).")
    return found


def _budget(seen: GuardFrames) -> list[str]:
    """A process's budget is one for all hosts."""
    found = []
    for one in seen.exhausted:
        if one.periods:
            found.append(f"The retry budget was exhausted for {_lasted(one)} ({_samples([one])}).")
        elif seen.lowest_budget_ratio is not None:
            least = f"at least {seen.lowest_budget_ratio:.0%} of it was left"
            found.append(f"The retry budget was never exhausted; {least} ({_samples([one])}).")
    return found


def _refused(seen: GuardFrames) -> list[str]:
    if not seen.refusing:
        return []
    of_ratio = seen.shares["series"] == SHARES["refusal_ratio"]
    most = f"up to {seen.shares.loc[of_ratio, 'value'].max():.0%} of them"
    named = [one for one in seen.refusing if one.periods][:NAMED_AT_MOST]
    if not named:
        return [f"The throttle refused no attempt ({_samples(seen.refusing)})."]
    durations = (f"for {_lasted(one)} towards {one.host} ({_samples([one])})" for one in named)
    return [f"The throttle refused some attempts, {most}: {', '.join(durations)}."]


def _limited(seen: GuardFrames) -> str:
    limit = seen.limits.loc[seen.limits["series"] == LIMITS["limiter_limit"], "value"]
    between = f"The concurrency limit was {limit.min():.0f} to {limit.max():.0f} attempts"
    named = [one for one in seen.used_up if one.periods][:NAMED_AT_MOST]
    if not named:
        return f"{between}, and was never used up ({_samples(seen.used_up)})."
    durations = (f"for {_lasted(one)} towards {one.host} ({_samples([one])})" for one in named)
    return f"{between}; it was used up {', '.join(durations)}."


def hedges_sentences(seen: GuardFrames) -> list[str]:
    """How many hedges were sent and won, after which delay, and why others were not sent."""
    found = []
    if seen.hedge_delays_s is not None:
        low, high = (format_value(one, "s") for one in seen.hedge_delays_s)
        between = low if low == high else f"{low} to {high}"
        found.append(f"A hedge was due after {between} without a response.")
    if seen.hedges_sent:
        were = "1 hedge was" if seen.hedges_sent == 1 else f"{seen.hedges_sent:,} hedges were"
        found.append(f"{were} sent, and {seen.hedges_won:,} of them won.")
    for reason, count in seen.not_hedged.items():
        attempts = "1 attempt" if count == 1 else f"{count:,} attempts"
        found.append(f"{attempts} had no hedge, because {NotHedged(reason).because}.")
    return found


def _lasted(one: GuardActivity) -> str:
    periods = "1 period" if one.periods == 1 else f"{one.periods:,} periods"
    return f"{format_value(one.total_s, 's')} in {periods}"


def _samples(many: Sequence[GuardActivity]) -> str:
    n, processes = sum(one.n for one in many), max(one.processes for one in many)
    of_processes = f" of {processes} processes" if processes > 1 else ""
    return f"n = {n:,} sample{'s' if n != 1 else ''}{of_processes}"
