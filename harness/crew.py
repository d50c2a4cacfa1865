"""The processes that drive the load: one driver alone, or one that leads workers, here or on other machines."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from pydantic import BaseModel

from harness.model.errors import BadInput
from harness.model.order import FromDriver, Listening, Prepare, Ready, Refused, from_driver
from harness.process import Child

PREPARE_S = 40.0
JOIN_S = 600.0
MODULE = "harness.drive"
Announce = Callable[[Listening], None]


class Crew:
    """Started at once; `prepare` has it build everything. With `expected` workers, they come from elsewhere."""

    def __init__(self, expected: int = 0, announce: Announce = lambda _: None) -> None:
        self._driver = Child(MODULE)
        self._workers: list[Child] = []
        self._expected, self._announce = expected, announce
        self._place: Listening | None = None

    def prepare(self, order: Prepare) -> Ready:
        """Has every process build its journey and Sessions. Raises BadInput when one refuses."""
        self._driver.say(order.model_dump_json(exclude_unset=True))
        until_s = monotonic() + (JOIN_S if self._expected else PREPARE_S)
        while monotonic() < until_s:
            match self.hear(0.2):
                case Listening() as place:
                    self._place = place
                    if self._expected:
                        self._announce(place)
                    self.hire(0 if self._expected else order.processes)
                case Ready() as ready:
                    return ready
                case Refused(place=where, key=key, problem=problem):
                    raise BadInput(where, key, problem)
            dead = next(
                (child for child in (self._driver, *self._workers) if child.exit_code is not None), None
            )
            if dead is not None and (report := self.hear(0.5)) is None:
                raise BadInput("driver", "", dead.obituary())
            if dead is not None and isinstance(report, Refused):
                raise BadInput(report.place, report.key, report.problem)
        problem = f"was not ready within {PREPARE_S:.0f} s; it must not block"
        raise BadInput(order.policy.name, "factory", problem)

    def hire(self, count: int) -> bool:
        """Starts so many more workers on this machine; False when nobody leads them."""
        if self._place is None:
            return False
        host, port = self._place.host, str(self._place.port)
        self._workers += [Child(MODULE, [host, port]) for _ in range(count)]
        return True

    def say(self, order: BaseModel) -> None:
        """Passes an order on."""
        self._driver.say(order.model_dump_json())

    def hear(self, timeout_s: float) -> FromDriver | None:
        """The next report, or None when there is none in time."""
        line = self._driver.hear(timeout_s)
        return from_driver.validate_json(line) if line else None

    @property
    def gone(self) -> bool:
        """True when the driver, or the one that leads, has ended."""
        return self._driver.exit_code is not None

    def obituary(self) -> str:
        """How the driver ended, in words."""
        return self._driver.obituary()

    def stop(self) -> None:
        """Ends every process: the driver first, which sends its workers home."""
        for child in (self._driver, *self._workers):
            child.stop()
