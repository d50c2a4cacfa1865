"""The records that reports are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.reader import Record, open_run


@pytest.fixture(scope="module")
def records(made: dict[str, Path]) -> list[Record]:
    """A complete run of each of three policies."""
    return [open_run(made[name]) for name in ("stateless", "textbook", "careful")]
