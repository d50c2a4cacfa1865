"""Reproduces a pitfall: real threads call the mock upstream through a real Session, with every call traced."""

from __future__ import annotations

import importlib
import random
import statistics
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any

from harness.lab.upstream_process import UpstreamProcess
from harness.model.call import Attempt, Call
from harness.model.errors import MachineError
from harness.pitfalls.model import Callers, Pitfall, PitfallCase
from harness.session.build.session import session_maker, timeout
from harness.session.client.client import Client, Journey
from harness.session.client.transport import SessionTransport
from harness.session.resilience.controls import Controls
from harness.session.trace.call_trace import CallTracer
from mock_upstream.process.owned_folder import owned_folder

_ROUNDS = 10


@dataclass
class Played:
    """The measurements of a pitfall's last callers. Durations are seconds."""

    calls: list[Call] = field(default_factory=list)
    tracer: CallTracer = field(default_factory=CallTracer)
    wall_s: float = 0.0
    cpu_s_per_call: float = 0.0
    waiting_s: float = 0.0
    """How long the longest waiting caller had waited for a connection at the end."""
    pools: int = 0
    stopped_s: float = float("inf")
    """When the callers were stopped, on the trace's clock; calls that ended later had been waiting."""

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts of all calls."""
        return [attempt for call in self.calls for attempt in call.attempts]

    @property
    def ended_in_time(self) -> list[Call]:
        """The calls that had ended before the stop."""
        return [call for call in self.calls if call.ended_s <= self.stopped_s]


def play_case(pitfall: Pitfall, case: PitfallCase) -> Played:
    """Reproduces one case, with its changes already made. Raises ConfigError when something it needs is missing."""
    with _running(pitfall) as upstream, owned_folder() as folder:
        run = PitfallRun(pitfall, case, upstream, Path(folder))
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
        groups = [threading.Thread(target=run.call_all, args=(callers,)) for callers in pitfall.callers[:-1]]
        for group in groups:
            group.start()
        run.call_all(pitfall.callers[-1], run.seen)
        for group in groups:
            group.join(30.0)
        return run.seen


class PitfallRun:
    """One upstream, one policy, and the calling threads."""

    def __init__(self, pitfall: Pitfall, case: PitfallCase, upstream: UpstreamProcess, folder: Path) -> None:
        self.seen = Played()
        self._upstream, self._folder = upstream, folder
        self._timeout = timeout(pitfall.policy)
        self._number, self._began_s = count(), time.monotonic()
        self._maker, self._controls = session_maker(pitfall.policy), Controls(pitfall.policy)
        self._session = None if pitfall.policy.session.scope == "call" else self._make()
        if case.breaker_library and self._session is not None:
            self._session.__dict__["request"] = _under_breaker(self._session.request)

    def call_all(self, callers: Callers, seen: Played | None = None) -> None:
        """Runs these callers; their measurements go to `seen`, if given."""
        time.sleep(max(0.0, self._began_s + callers.after_s - time.monotonic()))
        stop, calls = threading.Event(), list[Call]()
        start_s = time.monotonic()
        if callers.rate_per_s is not None:
            self._at_a_rate(callers, calls)
        elif callers.threads == 1 and callers.calls is not None and callers.calls >= _ROUNDS * _ROUNDS:
            cpu_s = self._in_rounds(callers, calls)
            self.seen.cpu_s_per_call = cpu_s
        else:
            self._one_after_the_other(callers, calls, stop)
        if seen is not None:
            seen.calls = sorted(calls, key=lambda call: call.arrival)[callers.uncounted :]
            seen.wall_s = time.monotonic() - start_s
            seen.pools = sum(len(gauge.pools) for gauge in seen.tracer.gauges.values())

    def _make(self) -> Any:
        return self._controls.attach(self.seen.tracer.instrument(self._maker()))

    def _one_after_the_other(self, callers: Callers, calls: list[Call], stop: threading.Event) -> None:
        left = iter(range(callers.calls)) if callers.calls is not None else count()

        def work() -> None:
            # Nothing here may wait: a thread that pauses between its calls lets the others in.
            call = self._caller(callers, calls)
            while not stop.is_set() and next(left, None) is not None:
                call()

        threads = [threading.Thread(target=work) for _ in range(callers.threads)]
        for thread in threads:
            thread.start()
        if callers.for_s is not None:
            time.sleep(callers.for_s)
            now_s = time.monotonic()
            self.seen.waiting_s = max(g.longest_wait_s(now_s) for g in self.seen.tracer.gauges.values())
            self.seen.stopped_s = self.seen.tracer.now()
            stop.set()
        for thread in threads:
            thread.join(60.0)

    def _at_a_rate(self, callers: Callers, calls: list[Call]) -> None:
        rng, due_s = random.Random(1), time.monotonic()  # noqa: S311
        with ThreadPoolExecutor(callers.threads) as threads:
            for _ in range(callers.calls or 0):
                due_s += rng.expovariate(callers.rate_per_s or 1.0)
                time.sleep(max(0.0, due_s - time.monotonic()))
                threads.submit(self._caller(callers, calls))

    def _in_rounds(self, callers: Callers, calls: list[Call]) -> float:
        """One thread, whose CPU is taken round by round; returns the median per call."""
        call, each = self._caller(callers, calls), (callers.calls or 0) // _ROUNDS
        rounds = []
        for _ in range(_ROUNDS):
            start_s = time.process_time()
            for _ in range(each):
                call()
            rounds.append((time.process_time() - start_s) / each)
        return statistics.median(rounds)

    def _caller(self, callers: Callers, calls: list[Call]) -> Callable[[], None]:
        """One caller: its own client over the shared Session."""
        transport = SessionTransport(self._make, self._session, self._timeout)
        client = Client(self._url(callers), transport, self.seen.tracer, calls.append)
        paths, options = self._paths(callers), self._options(callers)

        def call() -> None:
            now_s = self.seen.tracer.now()
            client.journey = Journey(next(self._number), now_s, now_s)
            client.request(callers.method, next(paths), name=callers.path, **next(options))

        return call

    def _url(self, callers: Callers) -> str:
        return str(self._upstream.announced["secure_url"]) if callers.verify else self._upstream.url

    def _paths(self, callers: Callers) -> Iterator[str]:
        regions: dict[str, str] = self._upstream.announced.get("regions", {})
        if callers.regions:
            return cycle([url + callers.path for url in regions.values()])
        return cycle([callers.path])

    def _options(self, callers: Callers) -> Iterator[dict[str, Any]]:
        options: dict[str, Any] = {}
        if callers.read_timeout_s is not None:
            options["timeout"] = callers.read_timeout_s
        if callers.verify is None:
            return cycle([options])
        authority = str(self._upstream.announced["ca"])
        if callers.verify == "toggled":
            return cycle([options | {"verify": authority}, options | {"verify": False}])
        return cycle([options | {"verify": authority if callers.verify == "ca" else self._bundle(authority)}])

    def _bundle(self, authority: str) -> str:
        """certifi's bundle with the upstream's authority at its end."""
        import certifi

        path = self._folder / "bundle.pem"
        path.write_bytes(Path(certifi.where()).read_bytes() + Path(authority).read_bytes())
        return str(path)


def _under_breaker(request: Callable[..., Any]) -> Callable[..., Any]:
    try:
        library: Any = importlib.import_module("pybreaker")
    except ImportError:
        raise MachineError("pitfalls", "pybreaker", "is missing; pip install pybreaker") from None
    breaker = library.CircuitBreaker()
    return lambda *args, **kwargs: breaker.call(request, *args, **kwargs)


@contextmanager
def _running(pitfall: Pitfall) -> Iterator[UpstreamProcess]:
    upstream = UpstreamProcess(pitfall.upstream)
    try:
        upstream.wait_ready()
        yield upstream
    finally:
        upstream.stop()
