"""Frames in JSON lose nothing."""

from __future__ import annotations

from math import inf, nan

import pandas as pd
import pytest

from dashboard.data.frame_json import from_json, to_json


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"at_s": [0.1 + 0.2, nan, inf], "n": [1, 2, 3], "name": ["a", "é", ""]}),
        pd.DataFrame({"status": pd.Series([200, 503], dtype="int16"), "late": [True, False]}),
        pd.DataFrame({"at_s": [], "series": pd.Series(dtype=str)}),
        pd.DataFrame(columns=["start_s", "label"]),
        pd.DataFrame(),
    ],
    ids=["numbers and texts", "small types", "empty", "without types", "nothing"],
)
def test_a_frame_that_is_read_is_the_one_that_was_written(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(from_json(to_json(frame)), frame, check_exact=True, check_column_type=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"rows": 1}',
        '{"rows": 1, "columns": [["a", "no type", [1]]]}',
        '{"rows": 1000000000, "columns": [["a", "int64", [1]]]}',
        f'{{"rows": {2**70}, "columns": [["a", "int64", [1]]]}}',
    ],
)
def test_another_text_is_no_frame(text: str) -> None:
    with pytest.raises(ValueError, match="is no frame"):
        from_json(text)
