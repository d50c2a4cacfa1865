"""A policy's safe operating range along the arrival rate: the trials, the three bands, and how sure they are."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.model.errors import Frozen

Purpose = Literal["calibrate", "bracket", "bisect", "confirm", "trigger"]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Probe(Frozen):
    """A trial that should be made: journeys arrive at `rate_per_s` for `warmup_s` and then `counted_s`."""

    purpose: Purpose
    rate_per_s: float
    warmup_s: float
    counted_s: float


class Trial(Frozen):
    """One probe as it went, reduced to what the search needs.

    Of `n` counted calls, worth `effective_n` independent ones, a share `bad_ratio` was beyond the threshold that came
    nearest to breaking (or broke most), which allows `allowed_ratio`. `limit_s` is that threshold's limit, or the
    latency's percentile where it limits no duration: by it, how long bursts last. `measured` is the threshold's
    measurement in words. `void` says why the trial doesn't count ("" when it does), `cut_short` why it ended early.
    """

    run: str = ""
    purpose: Purpose
    rate_per_s: float
    load_s: float
    n: int
    bad_ratio: Ratio
    allowed_ratio: Annotated[float, Field(gt=0, lt=1)]
    effective_n: float
    limit_s: float
    threshold: str = ""
    measured: str = ""
    void: str = ""
    cut_short: str = ""

    @property
    def breaks(self) -> bool:
        """True when more calls were bad than the threshold allows."""
        return self.bad_ratio > self.allowed_ratio
