"""Conducts one run from outside: starts both sides at one epoch, follows them, and says how it ended."""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from harness.model.order import Done, Go, Noted, Progress, Stop, from_driver
from harness.model.run import Run
from harness.process import Child
from harness.record.writer import RunWriter
from harness.upstream import Upstream

Watcher = Callable[[Progress], None]

STOPPED_BY_HAND = "stopped by Ctrl-C"
SILENCE_S = 15.0
LOOK_S = 1.0


class Conductor:
    """Follows the driver's words and the upstream's ledger; writes the record's `served` and `events`."""

    def __init__(
        self, driver: Child, upstream: Upstream | None, folder: Path, run: Run, watch: Watcher
    ) -> None:
        self._driver, self._upstream, self._folder, self._run, self._watch = (
            driver,
            upstream,
            folder,
            run,
            watch,
        )
        self._writer = RunWriter(folder, ("served", "events"))
        self._done: Done | None = None

    def follow(self) -> str:
        """Runs to the end; returns "" for a whole run, else what came in between, in words."""
        if self._upstream is not None:
            self._upstream.begin(self._run.epoch_s)
        go = Go(run=self._run.id, folder=str(self._folder), epoch_s=self._run.epoch_s)
        self._driver.say(go.model_dump_json())
        try:
            problem = self._until_over()
        except KeyboardInterrupt:
            problem = STOPPED_BY_HAND
            self._driver.say(Stop(drain_s=1.0).model_dump_json())
            self._hear_out(10.0)
        self._driver.stop()
        if self._upstream is not None and self._upstream.child.exit_code is None:
            self._upstream.settle()
            self._read_upstream()
        self._writer.close()
        return problem

    def _until_over(self) -> str:
        """Reads on until the driver is done or one side is gone."""
        heard_s = looked_s = monotonic()
        while self._done is None:
            if self._listen(timeout_s=0.1):
                heard_s = monotonic()
            if self._driver.exit_code is not None and self._done is None and not self._listen(timeout_s=0.5):
                return f"the driver {self._driver.obituary()}"
            if self._upstream is not None and self._upstream.child.exit_code is not None:
                self._driver.say(Stop(drain_s=1.0).model_dump_json())
                self._hear_out(10.0)
                return f"the upstream {self._upstream.child.obituary()}"
            if monotonic() - heard_s > SILENCE_S:
                return f"the driver said nothing for {SILENCE_S:.0f} s"
            if monotonic() - looked_s > LOOK_S:
                looked_s = monotonic()
                self._read_upstream()
        return self._done.problem

    def _hear_out(self, at_most_s: float) -> None:
        until_s = monotonic() + at_most_s
        while self._done is None and self._driver.exit_code is None and monotonic() < until_s:
            self._listen(timeout_s=0.1)

    def _listen(self, timeout_s: float) -> bool:
        line = self._driver.hear(timeout_s)
        if not line:
            return False
        match from_driver.validate_json(line):
            case Progress() as progress:
                self._watch(progress)
            case Noted(at_s=at_s, name=name, detail=detail):
                self._writer["events"].add((at_s, "driver", name, "noted", detail))
            case Done() as done:
                self._done = done
        return True

    def _read_upstream(self) -> None:
        """Takes over the ledger and the events since the last look; an upstream that is gone has no more."""
        if self._upstream is None:
            return
        try:
            while (columns := self._upstream.served(self._run.epoch_s)) is not None:
                self._writer["served"].append(columns)
            self._writer["events"].extend(self._upstream.events(self._run.epoch_s))
        except (urllib.error.URLError, OSError):
            return
        self._writer.flush()
