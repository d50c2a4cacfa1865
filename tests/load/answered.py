"""Asks for a known answer, and skips where the machine is too uneven to give one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.known_answers import Answer, Uneven


def answered(part: Callable[..., list[Answer]], *arguments: Any) -> list[Answer]:
    """The answers of one part of the table."""
    try:
        return part(*arguments)
    except Uneven as uneven:
        pytest.skip(f"the machine was too uneven: {uneven}")
