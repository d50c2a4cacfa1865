"""An upstream inside another program, on its own thread, for tests and notebooks."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

from mock_upstream.admin.api import ControlApi
from mock_upstream.net.event_loop import new_loop
from mock_upstream.profile import Profile
from mock_upstream.server import Upstream

R = TypeVar("R")


class EmbeddedUpstream:
    """`with EmbeddedUpstream(profile) as upstream:` listens on free loopback ports until the block ends.

    `url` and `admin` are base URLs. Its thread shares the program's interpreter, which is enough for tests but not
    for load.
    """

    def __init__(self, profile: Profile, *, hold_timeline: bool = False) -> None:
        self.profile = profile
        self._hold_timeline = hold_timeline
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream", daemon=True)

    def __enter__(self) -> "EmbeddedUpstream":
        """Start; returns when it listens."""
        self._thread.start()
        self.upstream: Upstream = self.call(lambda: Upstream(self.profile, self._loop))
        self.wait(self.upstream.start("127.0.0.1", 0, hold_timeline=self._hold_timeline))
        self.addresses = self.upstream.addresses()
        self._admin = ControlApi(self.upstream, self.addresses)
        self.url = str(self.addresses["url"])
        self.admin = self._admin.start("127.0.0.1", 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drain and stop."""
        self._admin.stop()
        self.wait(self.upstream.drain(grace_s=0.5))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def now(self) -> float:
        """Return the upstream's time: monotonic seconds."""
        return self._loop.time()

    def call(self, work: Callable[[], R]) -> R:
        """Do `work` on the upstream's loop and return what it returns."""

        async def do() -> R:
            return work()

        return self.wait(do())

    def wait(self, work: Coroutine[Any, Any, R]) -> R:
        """Wait, 10 seconds at most, for a coroutine on the upstream's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)
