"""The team's own service as the lab sees it: started, ready, and gone at the end, by a guardian of its own."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic

from harness.lab.child_process import ChildProcess
from harness.lab.plan import Plan
from harness.lab.service_usage import ServiceUsage
from harness.lab.upstream_process import UpstreamProcess
from harness.model.errors import ConfigError, MachineError
from harness.model.service_messages import (
    FromGuardian,
    ServiceEnded,
    ServiceFailed,
    ServiceReady,
    ServiceStopped,
    StartService,
    from_guardian,
)
from harness.session.secrets import redact, resolved
from harness.session.service.inbound import KEY
from harness.session.service.orders import ServiceOrder

MODULE = "harness.lab.guardian"
GUARDIAN_KEY = "-1.0"
"""The key of the guardian's requests, which belong to no arrival."""
START_S = 10.0
STOP_S = 9.0
"""The guardian needs up to eight seconds: the grace, then for what is left."""


class ServiceProcess:
    """A running service. `problems` are what its stop had to force; `output` what it printed last."""

    def __init__(self, order: StartService, scenario: str) -> None:
        """Starts the guardian, which starts the command; call `wait_ready` before anything else."""
        self._order, self._scenario = order, scenario
        self._guardian = ChildProcess(MODULE)
        self._guardian.send(order.model_dump_json())
        self._pid: int | None = None
        self._ended: ServiceEnded | None = None
        self.problems: tuple[str, ...] = ()
        self.output: tuple[str, ...] = ()

    def wait_ready(self) -> float:
        """Returns once the service responds, with the seconds that this took. Raises ConfigError when it does not."""
        until_s = monotonic() + self._order.ready_s + START_S
        while monotonic() < until_s:
            match self._receive(0.2):
                case ServiceReady(pid=pid, took_s=took_s):
                    self._pid = pid
                    return took_s
                case ServiceFailed(key=key, problem=problem, output=output):
                    self.output = output
                    raise ConfigError(self._scenario, f"service.{key}", redact(problem))
            if self._guardian.exit_code is not None:
                raise MachineError("service", "", f"has lost its guardian: {self._guardian.exit_reason()}")
        raise MachineError("service", "", "has a guardian that does not respond")

    def usage(self) -> ServiceUsage:
        """What its processes use of the machine, from now on."""
        return ServiceUsage(self._guardian.pid)

    def why_ended(self) -> str | None:
        """None while it runs; else how it ended."""
        self._receive(0.0)
        if self._ended is not None:
            return redact(self._ended.detail)
        if self._guardian.exit_code is not None:
            return f"has lost its guardian, which {self._guardian.exit_reason()}"
        return None

    def stop(self) -> tuple[str, ...]:
        """Ends all of it; returns what had to be forced, each as a sentence. A second call has no effect."""
        self._guardian.stop(STOP_S)
        while self._receive(0.2) is not None:
            pass
        if self._guardian.exit_code and self._pid is not None:
            with suppress(OSError):  # The guardian was killed, so the group may have been left.
                os.killpg(self._pid, signal.SIGKILL)
        return self.problems

    def _receive(self, timeout_s: float) -> FromGuardian | None:
        line = self._guardian.receive(timeout_s)
        report = from_guardian.validate_json(line) if line else None
        match report:
            case ServiceEnded(output=output):
                self._ended, self.output = report, output
            case ServiceStopped(problems=problems):
                self.problems = problems
        return report


def start_service(
    plan: Plan, upstream: UpstreamProcess, edge: str, reports: str, token: str
) -> ServiceProcess:
    """Starts the scenario's service, which is to listen at `edge`, a URL, and to report to `reports`."""
    service, bind = plan.scenario.service, edge.partition("://")[2]
    host, _, port = bind.rpartition(":")
    values = {
        "bind": bind, "host": host, "port": port, "upstream": next(iter(upstream.targets.values())),
        "processes": str(service.processes), "threads": str(service.threads), "python": sys.executable,
    }  # fmt: skip
    values |= {f"upstream.{region}": url for region, url in upstream.targets.items()}
    variables = resolved(service.env, plan.scenario.name, "service.env")
    given = {name: filled(value, values) for name, value in variables.items()}
    order = ServiceOrder(
        reports=reports,
        token=token,
        policy="" if plan.policy.as_is else plan.policy.model_dump_json(exclude_unset=True),
        targets=tuple(upstream.targets.values()),
        allowed_targets=plan.allowed_targets,
    )
    start = StartService(
        command=tuple(filled(part, values) for part in service.command),
        folder=service.folder,
        environment=order.environment({"PYTHONPATH": os.environ.get("PYTHONPATH", ""), **given}),
        ready_url=edge + service.ready,
        ready_headers={KEY: GUARDIAN_KEY},
        ready_s=service.ready_s,
    )
    return ServiceProcess(start, plan.scenario.name)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` of `values` replaced; other braces stay as they are."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
