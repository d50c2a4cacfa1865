"""Retries are drawn by their reason."""

from __future__ import annotations

import pytest

from dashboard.charts import retries
from dashboard.charts.time import Backdrop, backdrop_of
from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from tests.unit.dashboard import drawn


def test_retries_are_told_apart_by_reason(seen: RunFrames, behind: Backdrop) -> None:
    panels = retries.retries(seen.retries, seen.seconds, behind, {})
    assert {row["reason"] for row in drawn.rows(panels[0], "reason")} == {"503", "read"}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_panel_of_retries_is_valid_in_both_themes(seen: RunFrames, palette: Palette) -> None:
    panels = retries.retries(
        seen.retries, seen.seconds, backdrop_of(seen, palette), {"amplification < 1.2": 1.2}
    )
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)


def test_calls_that_were_not_sent_are_below_one_attempt_per_call(seen: RunFrames, behind: Backdrop) -> None:
    unsent = seen.seconds.assign(amplification=0.4)
    for seconds, lowest in ((unsent, 0), (seen.seconds, 1)):
        panel = drawn.spec(retries.amplification(seconds, behind, {}))
        assert f"'domain': [{lowest}, " in str(panel)


@pytest.mark.parametrize(
    ("hedged", "own", "said"),
    [
        (False, False, "No call was retried: every call had one attempt."),
        (True, False, "No call was retried: the attempts beyond one per call are hedges."),
        (False, True, "No request of the service was retried."),
    ],
)
def test_a_run_without_retries_says_so(hedged: bool, own: bool, said: str) -> None:
    assert retries.none_sentence(hedged=hedged, own=own) == said
