"""What can be taken along from a comparison."""

from __future__ import annotations

import struct

import pytest

from dashboard.data.run_frames import RunFrames, run_frames
from dashboard.report.export import SCALE, WIDTH_PX, as_csv, as_png, poster
from harness.assess.runs import compare_records as comparison
from harness.record.reader import Record


@pytest.fixture(scope="module")
def pictures(records: list[Record]) -> list[RunFrames]:
    return [run_frames(record) for record in records]


def test_the_picture_is_a_png_wide_enough_for_a_slide(
    records: list[Record], pictures: list[RunFrames]
) -> None:
    png = as_png(records, pictures)
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG")
    assert WIDTH_PX * SCALE < width < 1.2 * WIDTH_PX * SCALE
    assert height > 1000


def test_the_picture_says_who_keeps_the_slo_with_intervals_and_n(
    records: list[Record], pictures: list[RunFrames]
) -> None:
    title = poster(records, pictures)["title"]
    assert "break the SLO" in title["text"]
    assert [line.split(":")[0] for line in title["subtitle"][1:]] == [
        "Fail, stateless",
        "Fail, textbook",
        "Inconclusive, careful",
    ]
    assert all("n = " in line for line in title["subtitle"][1:])


def test_the_table_has_a_row_for_every_difference(records: list[Record]) -> None:
    result = comparison(records)
    assert len(as_csv(result).splitlines()) == len(result.deltas) + 1
