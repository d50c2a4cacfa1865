"""What a run measured, kept as a file in a repository, so that later runs are gated by it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class Baseline(Frozen):
    """The measurements of one run by dotted name, with what they belong to."""

    scenario: str
    policy: str
    seed: int
    run: str
    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    measurements: dict[str, Measurement]
