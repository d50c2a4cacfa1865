"""Text never controls the terminal on which it is shown, and an error is one short line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_upstream.config.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("bell\x07, null\0, delete\x7f", "bell␇, null␀, delete␡"),
        ("\x9b31m", "�31m"),
        ("user\u202etxt.exe", "user�txt.exe"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("[bold]ü²[/]", "[bold]ü²[/]"),
    ],
)
def test_a_control_character_is_shown_as_a_visible_one(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(max_size=2000))
def test_a_line_is_short_and_controls_nothing(text: str) -> None:
    line = one_line(text)
    assert len(line) < 500
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in line)


def test_a_long_line_keeps_its_beginning_and_its_remedy() -> None:
    line = one_line("policy.toml: " + "a" * 5000 + "; write a shorter one")
    assert line.startswith("policy.toml: aaa")
    assert line.endswith("aaa; write a shorter one")
