"""The metrics of a live service: the lab's own table, filled from the Sessions that the service itself uses.

import surgeline

surgeline.export(surgeline.instrument(session), port=9464)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from harness.model.call import Call
from harness.model.slo import Slo
from harness.observe.exporter import Exporter, PoolReading, RolloutReading, ShadowReading
from harness.observe.journal import MOST_BYTES, Journal

SCENARIO = "production"
"""The label of a live service, which has no scenario."""


class Observed(Protocol):
    """The trace of a process, as the exporter reads it."""

    @property
    def gauges(self) -> Mapping[str, PoolReading]: ...


class Reloads(Protocol):
    """How often a changed policy was taken and refused since the process began."""

    taken: int
    refused: int


class InstrumentedService(Protocol):
    """Sessions that are observed; `harness.session.trace.instrument` returns one."""

    listeners: list[Callable[[Call], None]]

    @property
    def tracer(self) -> Observed: ...
    @property
    def reloads(self) -> Reloads: ...
    @property
    def rollout(self) -> RolloutReading | None: ...
    @property
    def shadow(self) -> ShadowReading | None: ...


class ServiceExporter(Exporter):
    """The metrics of one live process; `policy` is the service's name. Safe for several threads."""

    def __init__(self, instrumented: InstrumentedService, service: str, thresholds: Sequence[str]) -> None:
        super().__init__(service, SCENARIO, Slo(thresholds=tuple(thresholds)))
        self._instrumented, self._lock = instrumented, threading.Lock()
        self.port = 0

    def call(self, call: Call) -> None:
        """Counts one ended call, from any thread."""
        with self._lock:
            super().call(call)

    def text(self) -> bytes:
        """Everything in Prometheus' text format, with the pools as they are now."""
        with self._lock:
            self.pools(self._instrumented.tracer.gauges.values())
            self.reloads(self._instrumented.reloads.taken, self._instrumented.reloads.refused)
            if (rollout := self._instrumented.rollout) is not None:
                self.rollout(rollout)
            if (shadow := self._instrumented.shadow) is not None:
                self.shadow(shadow)
            return super().text()


def export(
    instrumented: InstrumentedService,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    service: str = "service",
    thresholds: Sequence[str] = (),
    journal: str | Path | None = None,
    journal_share: float = 1.0,
    journal_bytes: int = MOST_BYTES,
) -> ServiceExporter:
    """Serves the metrics of observed Sessions on their own port, from a background thread.

    `thresholds` are those of a scenario's SLO, such as `p99(latency) < 250ms`: they add the metrics for
    burn-rate alerts. With `journal` each attempt of a share of the calls becomes a line of that file, which
    `surgeline learn` reads; it and the older half beside it have at most about `journal_bytes`. Raises OSError when the
    port is taken (`port=0` takes a free one), and ConfigError for a journal that cannot be written.
    """
    kept = Journal(Path(journal), service, journal_share, journal_bytes) if journal is not None else None
    production = ServiceExporter(instrumented, service, thresholds)
    production.port = production.serve(host, port)
    instrumented.listeners.append(production.call)
    if kept is not None:
        instrumented.listeners.append(kept.call)
    return production
