"""Numbers in text from outside."""

import pytest

from mock_upstream.config.numbers import finite_number, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 15, 10**15 - 1)])
def test_ascii_digits_are_a_whole_number(text: str, number: int) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "²", "٣", "1_0", " 1", "9" * 16, "9" * 5000, "x"])
def test_other_text_is_no_whole_number(text: str) -> None:
    assert whole_number(text) is None


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-Infinity", "1e999", "²"])
def test_text_without_a_finite_number_is_none(text: str) -> None:
    assert finite_number(text) is None


def test_a_decimal_number_is_finite() -> None:
    assert finite_number("-0.25") == -0.25
