"""A run's shadow over time: the evidence for and against a difference, and the responses that differed."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.decision_moment import decision_moment
from dashboard.charts.time import Backdrop, limits, lines
from dashboard.data.shadow_frames import LEAST_SHOWN, SPEAKS_FOR, ShadowFrames, policy_names
from dashboard.theme.palette import dash
from harness.model.formatting import format_share
from harness.model.rollout import ShadowSettings

PX, MOST_SHOWN = 200, 2.0
EVIDENCE = "Evidence on the responses, as a ratio of what is needed"
NOT_YET = "No call has been repeated yet."


def shadow(seen: ShadowFrames, behind: Backdrop) -> list[alt.LayerChart]:
    """Two panels over the same seconds; none before the first repetition."""
    if seen.evidence.empty:
        return []
    palette = behind.palette
    towards = {
        name: (colour, dash(i))
        for i, (name, colour) in enumerate(zip(SPEAKS_FOR.values(), (palette.bad, palette.good), strict=True))
    }
    scale = alt.Scale(domain=[LEAST_SHOWN, MOST_SHOWN], nice=False, clamp=True)
    evidence = lines(seen.evidence, towards, ("evidence", ".2f"), shape="step-after").encode(
        x=behind.x(labelled=False), y=alt.Y("value:Q", axis=alt.Axis(title=None), scale=scale)
    )
    names = policy_names(seen.result).values()
    looks = {
        name: (colour, dash(i)) for i, (name, colour) in enumerate(zip(names, palette.series, strict=False))
    }
    different = lines(seen.different, looks, ("different", ".1%"), shape="step-after").encode(
        x=behind.x(), y=_share_axis(seen.different)
    )
    needed = limits({"at 1 it is shown": 1.0}, palette)
    return [
        _panel(behind, [evidence, *needed], seen, EVIDENCE, named=True),
        _panel(behind, [different], seen, "Share of repetitions that differed, in five seconds"),
    ]


def shadow_sentence(seen: ShadowFrames) -> str:
    """The decision with its counts, and what differed, in whole sentences."""
    result = seen.result
    return f"{result.decision} {result.details}".strip() if result.new.calls + result.old.calls else NOT_YET


def settings_sentence(settings: ShadowSettings) -> str:
    """What was repeated and compared, in whole sentences."""
    compared = "status and body" if not settings.headers else f"status, body, {', '.join(settings.headers)}"
    ignored = f" These fields may differ: {', '.join(settings.ignored)}." if settings.ignored else ""
    return (
        f"{format_share(settings.share)} of the calls with GET, HEAD or OPTIONS were sent once more, by the new policy "
        f"or, about as often, by the old one; {compared} were compared with the first response.{ignored}"
    )


def _share_axis(frame: pd.DataFrame) -> alt.Y:
    most = max(0.01, float(frame["value"].max()) * 1.35)
    return alt.Y(
        "value:Q",
        axis=alt.Axis(title=None, format="~%", tickCount=4),
        scale=alt.Scale(domain=[0, most], nice=False),
    )


def _panel(
    behind: Backdrop, drawn: list[alt.Chart], seen: ShadowFrames, title: str, *, named: bool = False
) -> alt.LayerChart:
    moment = decision_moment(
        behind, seen.result.decided_s, "a difference is shown", behind.palette.bad, named=named
    )
    return behind.behind(*drawn, *moment, labels=named).properties(height=PX, title=title)
