"""JSON from outside: a value in which every number can be used, or one clear line."""

from math import isfinite

from pydantic_core import from_json

from mock_upstream.config.errors import ConfigError

LARGEST_INTEGER = 2**53
"""Integers up to this size are exact in every JSON implementation (RFC 7493, section 2.2)."""


def read_json(data: bytes, place: str) -> object:
    """Return the value, or raise ConfigError about `place`.

    NaN, infinite numbers, integers beyond LARGEST_INTEGER and more than 200 levels of nesting are errors.
    """
    try:
        value: object = from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise ConfigError(place, "", f"the body must be JSON: {error}") from None
    if not _is_usable(value):
        raise ConfigError(
            place, "", f"a number is too large; it must be finite, and an integer at most {LARGEST_INTEGER}"
        )
    return value


def read_json_object(data: bytes, place: str) -> dict[str, object]:
    """Return the JSON object, or raise ConfigError about `place`."""
    value = read_json(data, place)
    if not isinstance(value, dict):
        raise ConfigError(place, "", "the body must be a JSON object")
    return value


def _is_usable(value: object) -> bool:
    left = [value]
    while left:
        match left.pop():
            case dict() as table:
                left.extend(table.values())
            case list() as items:
                left.extend(items)
            case int() as number if abs(number) > LARGEST_INTEGER:
                return False
            case float() as number if not isfinite(number):
                return False
    return True
