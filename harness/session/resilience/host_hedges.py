"""What hedging knows of one host."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from harness.model.hedge_settings import HedgeSettings
from harness.session.resilience.recent_times import RecentTimes


class HostHedges:
    """What is known of one host: the times of its first attempts, until when it asked to wait, how many hedges."""

    def __init__(self, settings: HedgeSettings) -> None:
        self._delay_s, self._times = settings.delay_s, RecentTimes(settings.statistic)
        self.learns = settings.delay_s is None
        self.not_before_s = float("-inf")
        self.sent = self.won = 0

    @property
    def delay_s(self) -> float | None:
        """Seconds until a hedge is due; None while too few attempts are known."""
        return self._delay_s if self._delay_s is not None else self._times.value_s

    def took(self, seconds: float) -> None:
        """While it `learns`: a first attempt took so long; one that lost to its hedge counts with the delay.

        The lock is held.
        """
        self._times.add(seconds)

    def asked_to_wait(self, now: float, response: Any) -> None:
        """The host sent 429 or 503: until its Retry-After has passed, no hedge is sent to it."""
        with suppress(HTTPError):  # What cannot be read is not obeyed, as in urllib3.
            self.not_before_s = max(self.not_before_s, now + (Retry().get_retry_after(response) or 0.0))
