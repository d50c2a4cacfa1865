"""How much two identical runs differ, because the machine was not the same during both."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mock_upstream.config.toml import Frozen

_Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RunEffect(Frozen):
    """The relative difference between two identical runs, as a share of the smaller value.

    `spread` is its standard deviation, and `usual` what 95% of such differences stay below. `runs` is the number of
    identical runs from which `surgeline doctor` measured it; 0 where it is assumed.
    """

    spread: _Share
    usual: _Share
    runs: Annotated[int, Field(ge=0)]


ASSUMED = RunEffect(spread=0.05 / 1.96, usual=0.05, runs=0)
"""Where `surgeline doctor` has not been run: 95% of the differences stay below 5%."""
