"""TOML and JSON with bounds on nesting, on the number of values and on numbers."""

import re
import tomllib
from collections.abc import Iterable
from math import isfinite

from pydantic_core import from_json

MOST_LEVELS = 32
MOST_VALUES, MOST_NUMBERS = 50_000, 120_000
"""Values in one text, and numbers with a decimal point, which take less memory, besides."""
_INTEGERS = range(-(2**63), 2**63)

_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MOST_LEVELS}}}")
"""A dotted key with too many parts; tomllib takes time by the square of their number."""


class SyntaxProblem(ValueError):
    """A text that cannot be parsed, or is beyond a bound; `str()` says which, as a predicate.

    `bounded` is True for a text beyond a bound, which may be valid otherwise.
    """

    def __init__(self, problem: str, *, bounded: bool = False) -> None:
        super().__init__(problem)
        self.bounded = bounded


def parse_toml(text: str) -> dict[str, object]:
    """Return the table, or raise SyntaxProblem."""
    if _LONG_KEY.search(text):
        raise _too_deep()
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except tomllib.TOMLDecodeError as error:
        raise SyntaxProblem(f"is not valid TOML: {error}") from None
    except ValueError:  # Python refuses integers of more than 4,300 digits.
        raise _too_long() from None
    _check_bounds(table, MOST_VALUES)
    return table


def parse_json(text: str | bytes, most_values: int = MOST_VALUES) -> object:
    """Return the value, or raise SyntaxProblem. Numbers are finite, and half of a surrogate pair is no text."""
    try:
        value: object = from_json(text.decode() if isinstance(text, bytes) else text, allow_inf_nan=False)
    except UnicodeDecodeError:
        raise SyntaxProblem("is not text; it must be encoded in UTF-8") from None
    except ValueError as error:
        raise SyntaxProblem(f"is not valid JSON: {error}") from None
    _check_bounds(value, most_values)  # TOML has infinite numbers; the model that reads them names the key
    if not _is_finite(value):
        raise SyntaxProblem("has a number that is too large; it must be finite", bounded=True)
    return value


def _check_bounds(value: object, most_values: int) -> None:
    """Raises SyntaxProblem for a value beyond a bound."""
    values, numbers, level = 0, 0, [value]
    for _ in range(MOST_LEVELS):
        here = sum(isinstance(each, float) for each in level)
        values, numbers = values + len(level) - here, numbers + here
        if values > most_values or numbers > max(MOST_NUMBERS, most_values):
            problem = f"has more than {most_values:,} values; at most so many are read"
            raise SyntaxProblem(problem, bounded=True)
        if any(isinstance(each, int) and each not in _INTEGERS for each in level):
            raise _too_long()
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return
    raise _too_deep()


def _is_finite(value: object) -> bool:
    return isfinite(value) if isinstance(value, float) else all(map(_is_finite, _inner(value)))


def _inner(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _too_deep() -> SyntaxProblem:
    return SyntaxProblem(
        f"nests values deeper than {MOST_LEVELS} levels; at most so many are read", bounded=True
    )


def _too_long() -> SyntaxProblem:
    return SyntaxProblem("has an integer of more than 64 bits; at most so many are read", bounded=True)
