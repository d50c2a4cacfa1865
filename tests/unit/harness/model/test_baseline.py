"""A baseline's file."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from harness.model.baseline import INFINITE_BIN, KeptStretches


def kept(*lines: str) -> KeptStretches:
    return KeptStretches.model_validate(
        {"schedule": "s", "edges_s": tuple(map(float, range(11))), "durations": {"latency": lines}}
    )


def test_counts_are_one_line_of_text_for_each_stretch():
    found = kept("1021 1034*3", "", f"{INFINITE_BIN}")
    assert found.durations["latency"] == (((1021, 1), (1034, 3)), (), ((INFINITE_BIN, 1),))
    again = KeptStretches.model_validate_json(found.model_dump_json())
    assert again == found
    assert '"1021 1034*3"' in found.model_dump_json()


@pytest.mark.parametrize("word", ["x", "1021*", "1021*0", "-3", "12345", "1*9999999999"])
def test_a_word_that_is_no_count_is_named(word):
    with pytest.raises(ValidationError, match="expected a bin, such as 1021"):
        kept(f"1021 {word}")
