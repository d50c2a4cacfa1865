"""The mock upstream as the harness sees it: a process, a timeline to start, a ledger to read."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from time import monotonic, sleep
from typing import Any

from harness.lab.child_process import ChildProcess
from harness.model.errors import MachineError
from harness.model.lever_base import LeverBase
from harness.observe.direct_http import open_url
from harness.record.rows import Row
from harness.record.schema import TABLES
from mock_upstream.profile import Capacity, Fault, Profile

START_S = 20.0
SETTLE_S = 5.0
PATIENCE_S = 10.0
EXIT_S = 1.0
TOKEN = "SURGELINE_UPSTREAM_TOKEN"  # noqa: S105 - the name of the variable that holds it
_LEDGER = TABLES["served"].names


class UpstreamSilentError(MachineError):
    """The upstream does not respond: it has ended, or it is about to."""


class UpstreamProcess:
    """A running mock upstream. `url` is the plain listener of its first region."""

    def __init__(self, profile: Profile, host: str = "127.0.0.1") -> None:
        """Starts the process, listening on `host`; call `wait_ready` before anything else."""
        options = ["--host", host, "--json", "--exit-with-parent", "--hold-timeline"]
        self.child = ChildProcess("mock_upstream", ["-", *options])
        self.child.send(profile.model_dump_json(exclude_unset=True))
        self._first_region = profile.regions()[0].name
        self._served = self._events = 0
        self.url = self.admin = ""
        self.announced: dict[str, Any] = {}
        self.lost = 0

    def wait_ready(self) -> None:
        """Returns once it listens. Raises MachineError with its own words when it does not."""
        line = self.child.receive(START_S)
        if not line:
            self.stop()
            raise MachineError("upstream", "", f"did not start: {self.child.exit_reason()}")
        self.announced = json.loads(line)
        self.url, self.admin = self.announced["url"], self.announced["admin"]

    @property
    def targets(self) -> dict[str, str]:
        """Where the traffic goes, by region: the encrypted listeners where the upstream has them."""
        secure = "secure_" if "ca" in self.announced else ""
        regions: dict[str, str] = self.announced.get(f"{secure}regions", {})
        return regions or {self._first_region: self.announced[f"{secure}url"]}

    @property
    def ca(self) -> str:
        """The file of the authority that signs the upstream's certificates; "" for a plain one."""
        return str(self.announced.get("ca", ""))

    def begin(self, epoch_s: float) -> None:
        """Starts the timeline so that its times count from `epoch_s` on the machine's monotonic clock."""
        self._ask("/timeline/start", {"epoch_s": epoch_s})

    def served(self, epoch_s: float) -> list[list[Any]] | None:
        """What it has served since the last read, as columns of the record's `served` table; None for nothing."""
        response = self._ask(f"/ledger?after={self._served}&limit=50000")
        self._served, self.lost = response["next"], self.lost + response["lost"]
        columns = response["columns"]
        if not columns["key"]:
            return None
        for name in ("arrived_s", "ended_s"):
            columns[name] = [t - epoch_s for t in columns[name]]
        return [columns[name] for name in _LEDGER]

    def events(self, epoch_s: float) -> list[Row]:
        """What its timeline did since the last read, as rows of the record's `events` table."""
        response = self._ask(f"/events?after={self._events}")
        self._events = response["next"]
        return [
            (e["at_s"] - epoch_s, e["kind"], e["name"], e["action"], json.dumps(e["detail"]))
            for e in response["events"]
        ]

    def pull(self, lever: LeverBase) -> str:
        """Applies one of its levers while it serves. Returns "", or the reason for a refusal."""
        try:
            lever.apply_to(self)
        except urllib.error.HTTPError as error:
            return str(json.load(error).get("error", error.reason))
        except UpstreamSilentError as error:
            return str(error)
        return ""

    def set_capacity(self, capacity: Capacity) -> None:
        """Replaces the workers, the queue and the discipline."""
        self._ask("/capacity", capacity.model_dump(mode="json", exclude_unset=True), "PATCH")

    def add_fault(self, fault: Fault) -> None:
        """Turns a fault on."""
        self._ask("/faults", fault.model_dump(mode="json", exclude_unset=True))

    def clear_faults(self) -> None:
        """Turns every fault off."""
        self._ask("/faults", method="DELETE")

    def settle(self) -> int:
        """Waits, for a bounded time, until nothing is queued or in progress: then the ledger is complete.

        Returns how many requests are left, which have no row in the ledger.
        """
        until_s = monotonic() + SETTLE_S
        while True:
            state = self._ask("/state")
            left: int = max(state["in_flight"], state["queue_depth"] + state["busy_workers"])
            if not left or monotonic() > until_s:
                return left
            sleep(0.05)

    def why_silent(self) -> str:
        """How it ended, or that it does not respond, as text."""
        self.child.receive(EXIT_S)  # a process that was killed has an exit code a moment later
        return "does not respond" if self.child.exit_code is None else self.child.exit_reason()

    def stop(self) -> None:
        """Ends the process."""
        self.child.stop()

    def _ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if token := os.environ.get(TOKEN):
            # The child has the same environment, and requires it.
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.admin + path, data, headers, method=method)  # noqa: S310 - our child's
        try:
            with open_url(request, PATIENCE_S) as response:
                return json.load(response)
        except urllib.error.HTTPError:
            raise  # it has responded
        except (OSError, HTTPException, ValueError) as error:
            raise UpstreamSilentError("upstream", "", f"does not respond: {error}") from None
