"""One region of the upstream: its faults, workers, endpoints and ledger, behind its listeners."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from mock_upstream.endpoints.router import Router
from mock_upstream.engine.send_batch import SendBatch
from mock_upstream.engine.worker_pool import WorkerPool
from mock_upstream.faults.active import ActiveFaults
from mock_upstream.faults.seeded_random import SeededRandom
from mock_upstream.service_time import FixedTime
from mock_upstream.telemetry.delay_error import DelayErrors
from mock_upstream.telemetry.ledger import Ledger

if TYPE_CHECKING:
    from mock_upstream.profile import Profile, RegionSettings


class OpenConnection(Protocol):
    """An open connection, as its region uses it."""

    @property
    def exchange(self) -> object | None:
        """The exchange in progress, None between requests."""

    def finish(self) -> None:
        """Closes it once the current exchange has ended."""

    def drop(self, label: str = "") -> None:
        """Resets it, even during an exchange; `label` names the fault that causes it."""

    def check(self, now: float) -> None:
        """Closes it if its client takes too long."""


class Region:
    """One region of the upstream."""

    def __init__(
        self,
        profile: "Profile",
        settings: "RegionSettings",
        *,
        pool: WorkerPool,
        rules: ActiveFaults,
        router: Router,
        ledger: Ledger,
        send_batch: SendBatch,
        loop: asyncio.AbstractEventLoop,
        numbers: Iterator[int],
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.pool = pool
        self.rules = rules
        self.router = router
        self.ledger = ledger
        self.loop = loop
        self.send_batch = send_batch
        self.draining = False
        self.served = 0
        self.overflowed = 0
        self.connections: set[OpenConnection] = set()
        self.numbers = numbers
        """Numbers of connections, shared by all regions."""
        self.opened = 0
        """How many connections there have been."""
        self.refused: Counter[int] = Counter()
        self.outcomes: Counter[tuple[int, str]] = Counter()
        self.delay_errors = DelayErrors()
        self.adds_no_latency = settings.latency_s == 0.0 and settings.jitter_s == 0.0
        self.service_time = profile.service_time
        self.fixed_s = self.service_time.value_s if isinstance(self.service_time, FixedTime) else None
        self.instant = self.fixed_s == 0.0
        """Whether only endpoints with their own time take time."""
        self.work_random = SeededRandom(profile.seed, "service_time")
        self.distance_random = SeededRandom(profile.seed, f"region.{settings.name}")
