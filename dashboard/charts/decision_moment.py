"""The moment at which something was decided, as a rule over the panels of a chart over time."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.charts.time import Backdrop, text_with_halo


def decision_moment(
    behind: Backdrop, at_s: float | None, decision: str, colour: str, *, named: bool
) -> list[alt.Chart]:
    """A rule, and the decision in words where it is `named`; nothing without a moment."""
    if at_s is None:
        return []
    moment = alt.Chart(pd.DataFrame({"at_s": [at_s], "decision": [decision]}))
    tooltip = [alt.Tooltip("decision:N"), alt.Tooltip("at_s:Q", title="after, s", format=".1f")]
    rule = moment.mark_rule(color=colour, strokeWidth=2, clip=True).encode(
        x=behind.x(labelled=False), tooltip=tooltip
    )
    if not named:
        return [rule]
    text = moment.encode(x=behind.x(labelled=False), y=alt.value("height"), text="decision:N")
    look = {"align": "left", "baseline": "bottom", "dx": 5, "dy": -5}
    return [rule, *text_with_halo(text, behind.palette, colour, look)]
