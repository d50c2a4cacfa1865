"""The exit code of a benchmark: 1 where a wanted figure is missed."""

from __future__ import annotations

from collections.abc import Mapping


def exit_code(wanted: Mapping[str, bool]) -> int:
    """Prints each figure that was wanted and does not hold; 1 where there is one.

    `wanted` maps what is wanted, in words, to whether it holds.
    """
    missed = [what for what, holds in wanted.items() if not holds]
    for what in missed:
        print(f"missed: {what}")
    return int(bool(missed))
