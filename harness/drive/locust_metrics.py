"""The metrics of a process under Locust's own command, listed for Prometheus like those of a run."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from pathlib import Path

from harness.drive.service import Service
from harness.lab.scrape_targets import listed_targets
from harness.model.call import Call
from harness.model.driver_messages import Prepare
from harness.model.errors import MachineError
from harness.observe.active_faults import active, planned
from harness.observe.exporter import Exporter
from harness.observe.scrape_server import ADVERTISE, Server, advertised


class RunExporter(Exporter):
    """The metrics of one test; what is not counted is sampled when it is asked for."""

    def __init__(self, order: Prepare, service: Service) -> None:
        scenario = order.scenario
        super().__init__(order.policy.name, scenario.name, scenario.slo, planned(scenario))
        self._service, self._scenario = service, scenario

    def text(self) -> bytes:
        """Everything in Prometheus' text format, as of now."""
        service = self._service
        self.pools(service.tracer.gauges.values())
        self.threads(service.busy_threads, service.threads, service.arrival_queue.qsize())
        self.faults(active(self._scenario, service.tracer.now()))
        self.guards(service.clients.guards())
        return super().text()


class Metrics:
    """One address for the lifetime of the process, which serves the metrics of one test after another."""

    def __init__(self, root: Path, host: str, port: int) -> None:
        """Listens, and lists itself in the runs folder `root`. Raises MachineError when the port is taken."""
        self._test: RunExporter | None = None
        self._listing = ExitStack()
        try:
            server = Server(host, port, self._text, os.environ.get(ADVERTISE, ""))
        except OSError as error:
            raise MachineError(
                f"{host}:{port}", "", f"cannot be opened: {error.strerror}; choose another"
            ) from None
        groups = [
            {"targets": [advertised(host, server.port, os.environ)], "labels": {"job": "surgeline-driver"}}
        ]
        self._listing.enter_context(
            listed_targets(root, f"locust-{socket.gethostname()}-{os.getpid()}", groups)
        )

    def begin(self, order: Prepare, service: Service) -> None:
        """Serves the metrics of this test from now on, until the next one begins."""
        self._test = RunExporter(order, service)

    def call(self, call: Call) -> None:
        """Counts one ended call."""
        if self._test is not None:
            self._test.call(call)

    def close(self) -> None:
        """Removes the process from the listings."""
        self._listing.close()

    def _text(self) -> bytes:
        return b"" if self._test is None else self._test.text()
