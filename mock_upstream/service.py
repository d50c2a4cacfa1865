"""What stands behind one region's listeners: rules, workers, endpoints, and the book they write in."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mock_upstream.answer import TEXT, Answer
from mock_upstream.delay_error import DelayErrors
from mock_upstream.exchange import Exchange
from mock_upstream.fates import Dice
from mock_upstream.ledger import Ledger
from mock_upstream.outbox import Outbox
from mock_upstream.pool import WorkerPool
from mock_upstream.router import Router
from mock_upstream.rules import Rules
from mock_upstream.service_time import FixedTime

if TYPE_CHECKING:
    from mock_upstream.profile import Profile, Region
    from mock_upstream.wire import Connection

_log = logging.getLogger(__name__)


class Service:
    """One region of the upstream."""

    def __init__(
        self,
        profile: "Profile",
        region: "Region",
        *,
        pool: WorkerPool,
        rules: Rules,
        router: Router,
        ledger: Ledger,
        outbox: Outbox,
        loop: asyncio.AbstractEventLoop,
        numbers: Iterator[int],
    ) -> None:
        self.region = region.name
        self.place = region
        self.pool = pool
        self.rules = rules
        self.router = router
        self.ledger = ledger
        self.loop = loop
        self.outbox = outbox
        self.draining = False
        self.served = 0
        self.overflowed = 0
        self.connections: set[Connection] = set()
        self.numbers = numbers
        """Numbers for connections, shared by all regions."""
        self.opened = 0
        """How many connections there have been."""
        self.refused: Counter[int] = Counter()
        self.outcomes: Counter[tuple[int, str]] = Counter()
        self.delay_errors = DelayErrors()
        self.near = region.latency_s == 0.0 and region.jitter_s == 0.0
        self._time = profile.service_time
        self._fixed_s = self._time.value_s if isinstance(self._time, FixedTime) else None
        self.instant = self._fixed_s == 0.0
        """Whether only endpoints that say so take time."""
        self._work_dice = Dice(profile.seed, "service_time")
        self._way_dice = Dice(profile.seed, f"region.{region.name}")

    def work_s(self, exchange: Exchange) -> float:
        """Return for how many seconds a worker is busy: the same for the same key and attempt."""
        endpoint, fate = exchange.endpoint, exchange.fate
        if self._fixed_s is not None and endpoint.instant:
            return self._fixed_s * fate.factor if fate else self._fixed_s
        extra_s = endpoint.work_s(exchange.request) if endpoint.work_s else 0.0
        time = endpoint.service_time or self._time
        work_s = time.draw_s(self._work_dice.throw(exchange.key, exchange.attempt)[0])
        return work_s * (fate.factor if fate else 1.0) + extra_s

    def distance_s(self, exchange: Exchange) -> float:
        """Return how many seconds the region itself is away."""
        place = self.place
        if place.jitter_s == 0.0:
            return place.latency_s
        u = self._way_dice.throw(exchange.key, exchange.attempt)[0]
        return max(0.0, place.latency_s + place.jitter_s * (2.0 * u - 1.0))

    def handle(self, exchange: Exchange) -> Answer:
        """Return what the endpoint answers; a bug in an endpoint is a 500, and is logged."""
        try:
            return exchange.endpoint.handler(exchange.request)
        except Exception:
            _log.exception("endpoint %s failed", exchange.endpoint.pattern)
            return Answer(500, b"Internal Server Error", TEXT)
