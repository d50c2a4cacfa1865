"""The processes that generate the load: one driver alone, or a master with workers, here or on other machines."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from pydantic import BaseModel

from harness.lab.child_process import ChildProcess
from harness.lab.worker_token import TOKEN, new_token
from harness.model.driver_messages import FromDriver, Joined, Listening, Prepare, Ready, Refused, from_driver
from harness.model.errors import ConfigError, MachineError
from harness.session.service.servers import NAMES

PREPARE_S = 40.0
JOIN_S, JOINED_S = 600.0, 10.0
MODULE = "harness.drive"
Announce = Callable[[Listening], None]


class DriverProcesses:
    """Started immediately; `prepare` builds everything. With `expected` workers, they are started elsewhere.

    A master and its workers connect by a token that they have in common: by `token`, or by one of this run only.
    """

    def __init__(self, expected: int = 0, announce: Announce = lambda _: None, token: str = "") -> None:
        self._secret = {TOKEN: token or new_token()}
        self._driver = ChildProcess(MODULE, variables=self._secret)
        self._workers: list[ChildProcess] = []
        self._expected, self._announce = expected, announce
        self._place: Listening | None = None
        self.joined: Joined | None = None

    def prepare(self, order: Prepare) -> Ready:
        """Makes every process build its journey and Sessions. Raises ConfigError or MachineError when one cannot."""
        self._driver.send(order.model_dump_json(exclude_unset=True))
        until_s = monotonic() + (JOIN_S if self._expected else PREPARE_S)
        while monotonic() < until_s:
            match self.receive(0.2):
                case Listening() as place:
                    self._place = place
                    if self._expected:
                        self._announce(place)
                    self.add_workers(0 if self._expected else order.processes)
                case Ready() as ready:
                    return ready
                case Refused() as refused:
                    raise refused.error
            dead = next(
                (child for child in (self._driver, *self._workers) if child.exit_code is not None), None
            )
            if dead is not None and (report := self.receive(0.5)) is None:
                raise MachineError("driver", "", dead.exit_reason())
            if dead is not None and isinstance(report, Refused):
                raise report.error
        problem = f"was not ready within {PREPARE_S:.0f} s; importing it must not block"
        raise ConfigError(order.policy.name, "factory", problem)

    def add_workers(self, count: int) -> bool:
        """Starts `count` more workers on this machine; False without a master."""
        if self._place is None:
            return False
        host, port = self._place.host, str(self._place.port)
        self._workers += [ChildProcess(MODULE, [host, port], self._secret) for _ in range(count)]
        return True

    def wait_joined(self, scenario: str) -> None:
        """Returns once a process of the team's own service reports: `joined`. Raises ConfigError when none does."""
        until_s = monotonic() + JOINED_S
        while monotonic() < until_s:
            report = self.receive(0.2)
            if isinstance(report, Joined):
                self.joined = report
                return
        problem = (
            "is ready, but none of its processes reports: surgeline must be installed for its Python, and its "
            f"server must be one of {NAMES}"
        )
        raise ConfigError(scenario, "service.command", problem)

    def send(self, order: BaseModel) -> None:
        """Passes an order on."""
        self._driver.send(order.model_dump_json())

    def receive(self, timeout_s: float) -> FromDriver | None:
        """The next report, or None when there is none in time."""
        line = self._driver.receive(timeout_s)
        return from_driver.validate_json(line) if line else None

    @property
    def has_ended(self) -> bool:
        """True when the driver, or the master, has ended."""
        return self._driver.exit_code is not None

    def exit_reason(self) -> str:
        """How the driver ended, as text."""
        return self._driver.exit_reason()

    def stop(self) -> None:
        """Ends every process: the driver first, which stops its workers."""
        for child in (self._driver, *self._workers):
            child.stop()
