"""The charts and sentences of a shadow."""

from pathlib import Path

import pandas as pd
import pytest

from dashboard.charts.shadow import NOT_YET, settings_sentence, shadow, shadow_sentence
from dashboard.charts.time import Backdrop
from dashboard.data.event_spans import COLUMNS
from dashboard.data.shadow_frames import ShadowFrames, shadow_frames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled
from harness.model.rollout import ShadowSettings
from harness.record.reader import open_run
from tests.unit.dashboard import drawn
from tests.unit.harness.recorded_rollouts import corrupt, recorded_shadow


def frames(folder: Path, repetitions: int = 800) -> ShadowFrames:
    found = shadow_frames(open_run(recorded_shadow(folder, corrupt, repetitions)))
    assert found is not None
    return found


def behind(palette: Palette) -> Backdrop:
    return Backdrop(pd.DataFrame(columns=COLUMNS), 20.0, palette)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_evidence_and_different_responses_are_drawn_with_the_moment_of_the_decision(
    tmp_path: Path, palette: Palette
) -> None:
    panels = shadow(frames(tmp_path), behind(palette))
    written = [drawn.svg(styled(panel, palette)) for panel in panels]
    assert "a difference is shown" in written[0]
    assert "at 1 it is shown" in written[0]
    assert "careful (old, once more)" in written[1]


def test_before_the_first_repetition_nothing_is_drawn(tmp_path: Path) -> None:
    seen = frames(tmp_path, 0)
    assert shadow(seen, behind(LIGHT)) == []
    assert shadow_sentence(seen) == NOT_YET


def test_the_sentence_is_the_decision_and_what_differed(tmp_path: Path) -> None:
    said = shadow_sentence(frames(tmp_path))
    assert said.startswith("The responses of textbook are shown to differ from those of careful after ")
    assert said.endswith("With textbook there differed most: body.total (40 times).")


def test_what_was_compared_is_told_in_whole_sentences() -> None:
    settings = ShadowSettings(share=0.25, headers=("ETag",), ignored=("items.*.id", "at"))
    assert settings_sentence(settings) == (
        "25% of the calls with GET, HEAD or OPTIONS were sent once more, by the new policy or, about as often, by the "
        "old one; status, body, ETag were compared with the first response. These fields may differ: items.*.id, at."
    )
