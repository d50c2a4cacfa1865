"""What the person who starts a worker allows the master to ask of it."""

from __future__ import annotations

from mock_upstream.config.toml import Frozen


class WorkerLimits(Frozen):
    """The limits of one worker; by default loopback, its master's host, its own folder's code, and no secrets.

    `targets` are further hosts that may receive load, `secrets` references (`env:NAME`, `file:PATH`) that may be
    resolved, `modules` top-level modules from which journeys and factories may be loaded besides those in `folder`, or
    one of their names as `module:Class.name`.
    """

    master: str
    folder: str
    targets: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
