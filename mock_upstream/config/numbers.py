"""Numbers in text from outside: addresses, queries, headers."""

from math import isfinite

_MOST_DIGITS = 15


def whole_number(text: str) -> int | None:
    """Return the number that 1 to 15 ASCII digits stand for; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def finite_number(text: str) -> float | None:
    """Return the number that the text stands for; None when it is not one, or is infinite or NaN."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
