"""What a service's processes used is drawn and said."""

import pandas as pd
import pytest

from dashboard.charts.service_usage import service_sentence, service_usage
from dashboard.charts.time import backdrop_of
from dashboard.data.run_frames import RunFrames
from dashboard.theme.palette import DARK, LIGHT, Palette, styled

SAMPLES = pd.DataFrame(
    {
        "at_s": [1.0, 2.0],
        "busiest": [0.9, 0.7],
        "together": [1.0, 1.5],
        "rss_bytes": [1 << 20, 3 << 20],
        "processes": [2, 3],
    }
)


def test_the_sentence_has_the_means_and_the_number_of_samples() -> None:
    said = service_sentence(SAMPLES)
    assert said.startswith(
        "On average the busiest process used 80% of a core, and all of them (at most 3 processes)"
    )
    assert "1.25 cores; at most 3 MiB of memory (n = 2 samples)" in said


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_both_panels_are_valid_in_both_themes(seen: RunFrames, palette: Palette) -> None:
    panels = service_usage(SAMPLES, backdrop_of(seen, palette))
    assert len(panels) == 2
    assert all(palette.ink in str(styled(panel, palette).to_dict()) for panel in panels)
