"""The rule at the moment of a decision."""

import pandas as pd

from dashboard.charts.decision_moment import decision_moment
from dashboard.charts.time import Backdrop
from dashboard.data.event_spans import COLUMNS
from dashboard.theme.palette import LIGHT

BEHIND = Backdrop(pd.DataFrame(columns=COLUMNS), 30.0, LIGHT)


def test_without_a_moment_nothing_is_drawn() -> None:
    assert decision_moment(BEHIND, None, "promoted", LIGHT.good, named=True) == []


def test_only_one_panel_names_the_decision() -> None:
    named, other = (decision_moment(BEHIND, 4.0, "promoted", LIGHT.good, named=n) for n in (True, False))
    assert len(named) > len(other) == 1
