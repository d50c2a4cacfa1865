"""The measurements of a run, kept as a file in a repository, against which later runs are gated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class Baseline(Frozen):
    """The measurements of one run by dotted name, with the run that they come from."""

    scenario: str
    policy: str
    seed: int
    run: str
    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    measurements: dict[str, Measurement]
