"""Where the time of a call was spent, stacked over time; failed calls included."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from dashboard.charts.time import Backdrop, columns, text_with_halo
from harness.model.formatting import format_value
from harness.model.quantities import OTHER, PARTS

LABELLED_SHARE, THINNEST_SHARE = 0.12, 0.01

_HUES = {part.title: part.hue for part in PARTS}
_ORDER = tuple(_HUES)


def anatomy(parts: pd.DataFrame, behind: Backdrop) -> alt.LayerChart:
    """Mean seconds per call by part, stacked; large parts are named where they are thickest.

    `parts` is `timeline.anatomy` (at_s, part, mean_s). Parts too thin to be seen are added to "other".
    """
    frame = _with_gaps(_seen(parts.dropna()))
    present = _present(frame)
    place = {part: i for i, part in enumerate(present)}
    frame = frame.assign(place=frame["part"].map(place)).sort_values(["at_s", "place"])
    colours = [behind.palette.part(_HUES.get(part, OTHER.hue)) for part in present]
    areas = (
        alt.Chart(frame)
        .mark_area(stroke=behind.palette.ground, strokeWidth=0.6)
        .encode(
            x=behind.x(),
            y=alt.Y("mean_s:Q", stack="zero", title=None),
            color=alt.Color(
                "part:N",
                title=None,
                scale=alt.Scale(domain=present, range=colours),
                legend=alt.Legend(
                    orient="bottom",
                    columns=columns(narrow=2, wide=4),
                    symbolType="square",
                    symbolStrokeWidth=0,
                ),
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                "part",
                alt.Tooltip("at_s:Q", title="second", format=".0f"),
                alt.Tooltip("mean_s:Q", title="mean, s", format=".4f"),
            ],
        )
    )
    layered = behind.behind(areas, *_named(frame, behind))
    return layered.properties(height=340, title="Mean seconds per call by part, failed included")


def _seen(parts: pd.DataFrame) -> pd.DataFrame:
    """The parts that reach a hundredth of the chart's height; the others are put into `other`."""
    top = parts.groupby("at_s")["mean_s"].sum().max()
    tallest = parts.groupby("part")["mean_s"].transform("max")
    renamed = parts["part"].where(tallest >= THINNEST_SHARE * top, OTHER.title)
    merged = parts.assign(part=renamed).groupby(["at_s", "part"])["mean_s"].sum().reset_index()
    seen = merged.groupby("part")["mean_s"].transform("max") >= THINNEST_SHARE * top
    thick: pd.DataFrame = merged[seen]
    return thick


def _with_gaps(parts: pd.DataFrame) -> pd.DataFrame:
    """The parts with NaN in each bin between others in which no call ended, so that nothing is drawn there."""
    at_s = np.sort(parts["at_s"].unique())
    if len(at_s) < 2:
        return parts
    step_s = float(np.diff(at_s).min())
    every = np.arange(round((at_s[-1] - at_s[0]) / step_s) + 1) * step_s + at_s[0]
    silent = every[~np.isclose(every[:, None], at_s).any(axis=1)]
    gaps = pd.DataFrame(
        [(at, part, np.nan) for at in silent for part in parts["part"].unique()], columns=parts.columns
    )
    return pd.concat([parts, gaps], ignore_index=True) if len(gaps) else parts


def _present(parts: pd.DataFrame) -> list[str]:
    """The parts that took time, in the order of a call's life; unknown ones last."""
    taken = parts.groupby("part")["mean_s"].max()
    seen = [str(part) for part in taken[taken > 0].index]
    return [p for p in _ORDER if p in seen] + sorted(set(seen) - set(_ORDER))


def _named(frame: pd.DataFrame, behind: Backdrop) -> list[alt.Chart]:
    """Text on each part that makes up a good share of the chart's height, at its thickest second.

    Close to an edge the text would be cut off, so only the middle of the chart is looked at.
    """
    top = frame.groupby("at_s")["mean_s"].sum().max()
    heights = frame.assign(upper=frame.groupby("at_s")["mean_s"].cumsum())
    margin_s = 0.08 * (behind.until_s - behind.from_s)
    heights = heights[heights["at_s"].between(behind.from_s + margin_s, behind.until_s - margin_s)]
    thickest = heights.loc[heights.groupby("part")["mean_s"].idxmax()]
    thickest = thickest[thickest["mean_s"] > LABELLED_SHARE * top]
    places = thickest.assign(middle=thickest["upper"] - thickest["mean_s"] / 2)[["at_s", "part", "middle"]]
    text = alt.Chart(places).encode(x=behind.x(), y="middle:Q", text="part:N")
    return text_with_halo(text, behind.palette, behind.palette.ink)


def anatomy_sentence(parts: pd.DataFrame) -> str:
    """One sentence about the second in which a call took longest."""
    wide = parts.pivot_table(index="at_s", columns="part", values="mean_s", aggfunc="sum")
    totals = wide.sum(axis="columns")
    if totals.empty or totals.max() <= 0:
        return "No call has ended yet."
    worst = int(totals.to_numpy().argmax())
    total = float(totals.iloc[worst])
    then = wide.iloc[worst].sort_values(ascending=False).head(2)
    shares = [f"{value / total:.0%} {part}" for part, value in then.items() if value > 0.005 * total]
    when = f"{totals.index[worst]:.0f} s into the run"
    took = f"a call took {format_value(total, 's')} on average until it ended"
    return f"In the slowest second, {when}, {took}: {' and '.join(shares)}."
