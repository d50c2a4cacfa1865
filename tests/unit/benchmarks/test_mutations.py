"""The changes that are made to a source file, one at a time."""

from __future__ import annotations

import ast

import pytest

from benchmarks.mutations import mutants, mutated


def _changes(source: str) -> set[str]:
    """The statements that the mutants of a source have in place of its own."""
    return {mutant.changed for mutant in mutants("a.py", source)}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("x = a < b", {"x = a <= b"}),
        ("x = a == b", {"x = a != b"}),
        ("x = a is not b", {"x = a is b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = a + b", {"x = a - b"}),
        ("x = a / b", {"x = a * b"}),
        ("x = a and b", {"x = a or b"}),
        ("x = not a", {"x = a"}),
        ("x = -a", {"x = a"}),
        ("x = min(a, b)", {"x = max(a, b)"}),
        ("x = any(a)", {"x = all(a)"}),
        ("x = True", {"x = False"}),
        ("x = 0", {"x = 1"}),
        ("x = 3", {"x = 4", "x = 2"}),
        ("x = 0.5", {"x = 0.25"}),
        ("x = 500", {"x = 1000"}),
        ("x = [a for a in b if a]", {"x = [a for a in b if not a]"}),
        ("a.x = b", {"pass"}),
        ("x += a", {"x -= a", "pass"}),
        ("f(a)", {"pass"}),
        ("x = 'text'", set()),
        ("x = f(a)", set()),
        ("x: Literal[3] | None = a", set()),
        ("'''A docstring.'''", set()),
    ],
)
def test_each_kind_of_change(source: str, changed: set[str]) -> None:
    assert _changes(source) == changed


def test_a_condition_is_turned_round_once() -> None:
    assert _changes("if a < b:\n    c = d") == {"if not a < b:", "if a <= b:"}
    assert _changes("if a == b:\n    c = d") == {"if a != b:"}


def test_a_value_is_not_returned() -> None:
    assert _changes("def f(a):\n    return g(a)") == {"return None"}


def test_a_first_value_of_an_attribute_stays() -> None:
    assert _changes("class A:\n    def __init__(self, a):\n        self.a = a") == set()
    assert _changes("class A:\n    def put(self, a):\n        self.a = a") == {"pass"}


def test_a_mutant_names_its_function_and_its_line() -> None:
    (mutant,) = mutants("a.py", "class A:\n    def f(self, a):\n        return a\n")
    assert (mutant.function, mutant.lines) == ("A.f", (3, 3))
    assert str(mutant) == "a.py:3 in A.f: `return a` → `return None`"


def test_a_mutated_tree_has_just_its_change() -> None:
    source = "x = a < b\ny = 3\n"
    found = mutants("a.py", source)
    assert [ast.unparse(mutated(source, mutant.number)).splitlines() for mutant in found] == [
        ["x = a <= b", "y = 3"],
        ["x = a < b", "y = 4"],
        ["x = a < b", "y = 2"],
    ]
    assert _changes(source) == {"x = a <= b", "y = 4", "y = 2"}


def test_a_change_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(IndexError):
        mutated("x = a", 0)
