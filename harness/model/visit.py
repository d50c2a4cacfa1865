"""One user's visit as a browser recorded it, with what cannot be known from it."""

from __future__ import annotations

from harness.model.learned import Unknown
from harness.model.verdict import Measurement
from mock_upstream.config.toml import Frozen


class VisitStep(Frozen):
    """One request, in the order of their beginnings. Durations are in seconds.

    `think_s` is the time since all earlier requests had ended; 0 where one of them was still under way (`beside`).
    `response_s` is the time from the sent request to the response's head. `status` is 0 without a response.
    """

    route: str
    at_s: float
    think_s: float
    response_s: float
    status: int
    beside: bool


class LearnedVisit(Frozen):
    """The requests of one user to `host`, and how many others the file has, by host."""

    file: str
    host: str
    steps: tuple[VisitStep, ...]
    others: tuple[tuple[str, int], ...]
    without_network: int
    """Requests that the browser answered itself, from its cache or without HTTP; they are left out."""
    response: tuple[Measurement, ...]
    unknown: tuple[Unknown, ...]

    @property
    def duration_s(self) -> float:
        """Seconds from the beginning of the first request to the beginning of the last."""
        return self.steps[-1].at_s
