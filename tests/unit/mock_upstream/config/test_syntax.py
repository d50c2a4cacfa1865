"""TOML and JSON have bounds, so that no text takes long or much memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_upstream.config.syntax import MOST_LEVELS, SyntaxProblem, parse_json, parse_toml

DEEP = "nests values deeper than 32 levels"
LONG = "has an integer of more than 64 bits"
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a=" + "[" * 500, DEEP),
        ("a=" + "[" * 40 + "]" * 40, DEEP),
        ("a=" + "{a=" * 40 + "1" + "}" * 40, DEEP),
        (".".join("a" * 500) + "=1", DEEP),
        ("[" + ".".join("a" * 40) + "]", DEEP),
        (" . ".join(['"a"'] * 100_000) + "=1", DEEP),
        ("a=" + "9" * 4301, LONG),
        ("a=0x" + "f" * 5000, LONG),
        ("a=9223372036854775808", LONG),
        ("a=[" + "1," * 50_001 + "]", "has more than 50,000 values"),
        ("a=[", "is not valid TOML"),
        ("a=\0", "is not valid TOML"),
    ],
)
def test_toml_beyond_a_bound_is_refused(text: str, problem: str) -> None:
    with pytest.raises(SyntaxProblem, match=problem):
        parse_toml(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, "is not valid JSON: recursion limit exceeded"),
        ("[" * 40 + "]" * 40, DEEP),
        ('{"a":' * 100_000, "is not valid JSON: recursion limit exceeded"),
        ("9" * 4301, "is not valid JSON: number out of range"),
        ("[NaN]", "is not valid JSON"),
        ("[-Infinity]", "is not valid JSON"),
        ('[{"a": 1e999}]', "has a number that is too large; it must be finite"),
        (r'"\ud800"', "is not valid JSON"),
        ("[18446744073709551616]", LONG),
        ("{", "is not valid JSON"),
        (b"\xff\xfe\xff", "is not text; it must be encoded in UTF-8"),
    ],
)
def test_json_beyond_a_bound_is_refused(text: str | bytes, problem: str) -> None:
    with pytest.raises(SyntaxProblem, match=problem):
        parse_json(text)


@given(JSON_VALUES)
def test_every_value_within_the_bounds_is_parsed_as_it_is(value: Any) -> None:
    try:
        assert parse_json(json.dumps(value)) == value
    except SyntaxProblem as problem:
        assert problem.bounded  # noqa: PT017 - strings of 20 leaves may nest deeper than the bound


def test_toml_within_the_bounds_is_parsed() -> None:
    key = ".".join("a" * (MOST_LEVELS - 1))
    assert parse_toml(f"{key} = 1\n[b]\nc = [1.5, '{'.' * 40}', -9223372036854775808]")["b"] == {
        "c": [1.5, "." * 40, -(2**63)]
    }
