"""Controls one run: starts both sides at one epoch, follows them, and returns how it ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

from harness.lab.driver_processes import DriverProcesses
from harness.lab.lever_channel import LeverChannel, RefusedRequest
from harness.lab.lever_schedule import LeverSchedule
from harness.lab.service_process import ServiceProcess
from harness.lab.upstream_process import UpstreamProcess, UpstreamSilentError
from harness.model.driver_messages import Done, Go, Joined, Noted, Progress, PullOrder, Stop, WorkerLost
from harness.model.ending import Aborted, EarlyEnd, Interrupted, Lost, early_end_text
from harness.model.lever import Pull, Pulled, lever_text
from harness.model.lever_catalogue import SetProcesses
from harness.model.run import Run
from harness.record.writer import RunWriter
from mock_upstream.process.stop_signals import SIGNALS, StopSignals

Watcher = Callable[[Progress], None]

SILENCE_S = 15.0
LEDGER_EVERY_S = 1.0
LISTEN_S = 0.05
HEAR_OUT_S = 10.0


class AbortRun(Exception):
    """Raised by a watcher that has seen enough: the run is cut short, for the reason that `end` tells."""

    def __init__(self, end: Aborted) -> None:
        super().__init__(early_end_text(end))
        self.end = end


class Conductor:
    """Follows the drivers' reports and the upstream's ledger, pulls levers, writes `served` and `events`."""

    def __init__(
        self,
        drivers: DriverProcesses,
        upstream: UpstreamProcess | None,
        folder: Path,
        run: Run,
        watch: Watcher,
        signals: StopSignals = SIGNALS,
        service: ServiceProcess | None = None,
    ) -> None:
        self._drivers, self._upstream, self._run, self._watch = drivers, upstream, run, watch
        self._service = service
        self._signals = signals
        self._folder, self._lever_channel = folder, LeverChannel(folder)
        self._lever_schedule = LeverSchedule(run.scenario.levers)
        self._pulls: dict[str, tuple[Pull, float]] = {}
        self._processes = run.scenario.service.processes
        self._last: Progress | None = None
        self._lost: list[Lost] = []
        self._done: Done | None = None
        self._usage = None if service is None else service.usage()
        self._writer = RunWriter(folder, ("served", "events", *(("service",) if service else ())))

    def follow(self) -> EarlyEnd | None:
        """Runs to the end; returns None for a whole run, else what ended it before. Raises OSError."""
        try:
            return self._follow()
        except OSError:
            self._writer.abandon()
            raise

    def _follow(self) -> EarlyEnd | None:
        run = self._run
        try:
            if self._upstream is not None:
                self._upstream.begin(run.epoch_s)
        except UpstreamSilentError:
            return self._closed(self._upstream_lost())
        wall_s = time() + run.epoch_s - monotonic()
        go = Go(
            run=run.id,
            folder=str(self._folder),
            epoch_s=run.epoch_s,
            epoch_wall_s=wall_s,
            boot_id=run.boot_id,
        )
        if self._service is not None and self._drivers.joined is not None:
            self._note_joined(self._drivers.joined)
        self._drivers.send(go)
        try:
            early = self._until_over()
        except KeyboardInterrupt:
            early = Interrupted()
            self._cut_short()
        except AbortRun as abort:
            early = abort.end
            self._cut_short()
        return self._closed(early) or next(iter(self._lost), None)

    def _closed(self, early: EarlyEnd | None) -> EarlyEnd | None:
        """Stops the drivers, reads the rest of the ledger and closes the tables."""
        self._drivers.stop()
        if self._upstream is not None and self._upstream.child.exit_code is None:
            with suppress(UpstreamSilentError):
                self._note_without_row(
                    self._upstream.settle(), "were still queued or in progress when the run ended"
                )
            self._read_upstream()
            self._note_without_row(self._upstream.lost, "were more than the ledger could hold")
        if self._service is not None:
            for problem in self._service.stop():
                self._event(self._now_s(), "service", "stop", "noted", {"detail": problem})
        self._writer.close()
        return early

    def _note_without_row(self, requests: int, why: str) -> None:
        """An event that says why the ledger has fewer rows than the upstream had requests, if it has."""
        if requests:
            detail = f"up to {requests} requests {why}, so the ledger has no rows of them"
            self._event(self._now_s(), "upstream", "ledger", "noted", {"detail": detail})

    def _lost_side(self) -> Lost | None:
        """The upstream or the service, when it has ended."""
        if self._upstream is not None and self._upstream.child.exit_code is not None:
            return self._upstream_lost()
        if self._service is not None and (detail := self._service.why_ended()) is not None:
            return Lost(part="service", detail=detail)
        return None

    def _upstream_lost(self) -> Lost:
        assert self._upstream is not None  # noqa: S101
        return Lost(part="upstream", detail=self._upstream.why_silent())

    def _until_over(self) -> EarlyEnd | None:
        """Reads on until the driver is done or one side is gone."""
        heard_s = looked_s = monotonic()
        while self._done is None:
            if self._listen(LISTEN_S):
                heard_s = monotonic()
            if self._drivers.has_ended and self._done is None and not self._listen(0.5):
                return Lost(part="driver", detail=self._drivers.exit_reason())
            if (lost := self._lost_side()) is not None:
                self._cut_short()
                return lost
            if monotonic() - heard_s > SILENCE_S:
                return Lost(part="driver", detail=f"reported nothing for {SILENCE_S:.0f} s")
            if self._signals.received is not None:
                self._cut_short()
                return Interrupted.model_validate({"signal": self._signals.received.name})
            if (stop := self._lever_channel.stop_request()) is not None:
                self._cut_short()
                return Interrupted(who=stop.who)
            self._pull_levers()
            if monotonic() - looked_s > LEDGER_EVERY_S:
                looked_s = monotonic()
                self._sample_service()
                self._read_upstream()
        return self._done.early

    def _cut_short(self) -> None:
        self._drivers.send(Stop(drain_s=1.0))
        until_s = monotonic() + HEAR_OUT_S
        while self._done is None and not self._drivers.has_ended and monotonic() < until_s:
            self._listen(LISTEN_S)

    def _listen(self, timeout_s: float) -> bool:
        report = self._drivers.receive(timeout_s)
        match report:
            case Progress():
                self._last = report
                self._watch(report)
            case Noted(at_s=at_s, name=name, detail=detail, about=about):
                self._event(at_s, about, name, "noted", {"detail": detail})
            case Joined():
                self._note_joined(report)
            case WorkerLost(at_s=at_s, lost=lost):
                self._event(at_s, "driver", "worker lost", "noted", {"detail": early_end_text(lost)})
                self._lost.append(lost)
            case Pulled():
                self._acknowledge(report)
            case Done():
                self._done = report
        return report is not None

    def _note_joined(self, joined: Joined) -> None:
        detail = f"process {joined.process} of the service, with the id {joined.pid}, has begun to report"
        self._event(joined.at_s, "service", "process started", "noted", {"detail": detail})

    def _pull_levers(self) -> None:
        requested, refused = self._lever_channel.take()
        for pulled in refused:
            self._refuse(pulled)
        for pull in [*requested, *self._lever_schedule.due(self._now_s(), self._last)]:
            self._pulls[pull.id] = (pull, self._now_s())
            if pull.lever.scope == "upstream":
                self._acknowledge(self._pull_upstream(pull))
                continue
            if isinstance(pull.lever, SetProcesses):
                self._start_workers(pull.lever.count)
            self._drivers.send(PullOrder(pull=pull))

    def _start_workers(self, processes: int) -> None:
        if self._drivers.add_workers(max(0, processes - self._processes)):
            self._processes = max(self._processes, processes)

    def _pull_upstream(self, pull: Pull) -> Pulled:
        problem = "this run has no mock upstream"
        if self._upstream is not None:
            problem = self._upstream.pull(pull.lever)
        done = int(not problem)
        return Pulled(id=pull.id, at_s=self._now_s(), acknowledged=done, processes=1, problem=problem)

    def _acknowledge(self, pulled: Pulled) -> None:
        pull, asked_s = self._pulls.pop(pulled.id, (None, 0.0))
        if pull is None:
            return
        lever = pull.lever.model_dump(mode="json", exclude_unset=True)
        detail = {"who": pull.who, "asked_s": round(asked_s, 3), "lever": lever}
        detail |= pulled.model_dump(include={"acknowledged", "processes", "problem"})
        self._event(
            pulled.at_s, "lever", lever_text(pull.lever), "failed" if pulled.problem else "pulled", detail
        )
        self._lever_channel.respond(pulled)

    def _refuse(self, request: RefusedRequest) -> None:
        """Records a file that is no request of a lever, and tells whoever left it."""
        self._event(self._now_s(), "request", request.file, "refused", {"problem": request.problem})
        pulled = {"id": request.id, "at_s": self._now_s(), "acknowledged": 0, "processes": 0}
        self._lever_channel.respond(Pulled.model_validate({**pulled, "problem": request.problem}))

    def _event(self, at_s: float, kind: str, name: str, action: str, detail: dict[str, object]) -> None:
        self._writer["events"].add((at_s, kind, name, action, json.dumps(detail)))
        self._writer.flush()

    def _now_s(self) -> float:
        return max(0.0, monotonic() - self._run.epoch_s)

    def _sample_service(self) -> None:
        if self._usage is not None:
            self._writer["service"].extend(self._usage.rows(self._now_s()))

    def _read_upstream(self) -> None:
        """Takes over the ledger and the events since the last read; an upstream that has ended has no more."""
        if self._upstream is None:
            return
        try:
            while (columns := self._upstream.served(self._run.epoch_s)) is not None:
                self._writer["served"].append(columns)
            self._writer["events"].extend(self._upstream.events(self._run.epoch_s))
        except UpstreamSilentError:
            return
        self._writer.flush()
