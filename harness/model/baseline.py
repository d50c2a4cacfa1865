"""The measurements of a run, kept as a file in a repository, against which later runs are gated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from harness.model.run_effect import ASSUMED, RunEffect
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen

BASELINE_SCHEMA = 1
SMALLEST_S, BIN_RATIO, INFINITE_BIN = 1e-6, 1.01, 9999
"""Durations are counted in bins from 1 µs, each 1% longer than the one before; the last is of calls that failed."""

_COUNT = re.compile(r"(\d{1,4})(?:\*([1-9]\d{0,8}))?", re.ASCII)


def _read_counts(text: object) -> object:
    """Pairs of bin and count from a line such as `1021 1034*3`; what is no text is returned as it is."""
    if not isinstance(text, str):
        return text
    found = [(_COUNT.fullmatch(word), word) for word in text.split()]
    if bad := next((word for match, word in found if match is None), None):
        raise ValueError(
            f"has {bad[:20]!r}; expected a bin, such as 1021, or a bin and a count, such as 1021*3"
        )
    return tuple((int(match[1]), int(match[2] or 1)) for match, _ in found if match is not None)


def _written_counts(counts: tuple[tuple[int, int], ...]) -> str:
    return " ".join(f"{at}*{count}" if count > 1 else str(at) for at, count in counts)


Counts = Annotated[
    tuple[tuple[int, int], ...], BeforeValidator(_read_counts), PlainSerializer(_written_counts)
]
"""How many durations lie in each bin, bins ascending; one line of text in the file."""


class KeptStretches(Frozen):
    """What pairs a later run of the same arrivals with the baseline's: its durations by stretch of time.

    `schedule` is the same for runs of the same arrivals and seed. Stretches lie between `edges_s`, seconds since the
    run's epoch. `durations` has for each subject of a threshold, such as `latency`, the counts of each stretch.
    """

    schedule: str
    edges_s: Annotated[tuple[float, ...], Field(min_length=11, max_length=1000)]
    durations: dict[str, tuple[Counts, ...]]


class Baseline(Frozen):
    """The measurements of one run by dotted name, with the run that they come from.

    `stretches` is None in a file that was written before they were kept, and of a run that was too short.
    """

    schema_version: int = 0
    scenario: str
    policy: str
    seed: int
    run: str
    made_at: Annotated[datetime, Field(strict=False)]
    machine: dict[str, str | int | float]
    measurements: dict[str, Measurement]
    stretches: KeptStretches | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a run is compared with: a baseline, and how much two identical runs differ on this machine."""

    baseline: Baseline
    effect: RunEffect = ASSUMED
