"""What the processes of the team's own service report: each inbound call with its attempts, pools, and notes.

A call that has ended at the edge waits here, for a bounded time, for the report of the process that handled it. Both
sides have the machine's monotonic clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

import gevent
from gevent.server import StreamServer

from harness.drive.self_monitor import PoolRow
from harness.model.call import Attempt, Call, Outcome
from harness.model.driver_messages import Joined, Noted
from harness.model.lever import Pull, Pulled
from harness.record.rows import Row, attempt_row

PATIENCE_S = 3.0
KEPT_S = 60.0
LEVER_S = 2.0
HELLO_BYTES = 1024
"""The most that is read of a connection before it has shown the token."""
NOBODY = -1
"""The arrival of attempts that belong to no inbound call, and of the guardian's requests."""
Key = tuple[int, int]
Say = Callable[[Joined | Noted], None]


class ServiceReports:
    """Listens on loopback for processes that know the token. `on_call` gets every call, complete.

    `now` is the run's clock. `pools` are the last rows of each process and `unattributed` the rows of attempts that
    belong to no call, until they are taken.
    """

    def __init__(
        self, token: str, now: Callable[[], float], epoch_s: Callable[[], float],
        on_call: Callable[[Call], None], say: Say,
    ) -> None:  # fmt: skip
        self._token, self._now, self._epoch_s, self._on_call, self._say = token, now, epoch_s, on_call, say
        self._ended: dict[Key, Call] = {}
        self._reported: dict[Key, tuple[Any, ...]] = {}
        self._processes = self.unreported = self.late = self.alone = 0
        self._pools: list[PoolRow] = []
        self._connections: list[Any] = []
        self._pulls: list[Pull] = []
        self._answers: list[tuple[str, str]] = []
        self._unattributed: list[Row] = []
        self._server = StreamServer(("127.0.0.1", 0), self._serve)

    def listen(self) -> str:
        """Accepts processes from now on, at the address that it returns, as HOST:PORT."""
        self._server.start()
        return f"127.0.0.1:{self._server.server_port}"

    def ended(self, call: Call) -> None:
        """A call has ended at the edge; it is handed on once its report is there.

        One whose connection was refused has never reached the service, which has nothing to report of it.
        """
        if call.outcome is Outcome.CONNECT_REFUSED:
            self._on_call(call)
            return
        report = self._reported.pop((call.arrival, call.step), None)
        if report is None:
            self._ended[call.arrival, call.step] = call
        else:
            self._complete(call, report)

    def take_pools(self) -> list[PoolRow]:
        """The rows of the pools since the last time."""
        found, self._pools = self._pools, []
        return found

    def take_unattributed(self) -> list[Row]:
        """The rows of attempts without an inbound call since the last time."""
        found, self._unattributed = self._unattributed, []
        return found

    def expire(self) -> None:
        """Hands on the calls that have waited long enough, without attempts, and forgets old reports."""
        now_s = self._now()
        for key in [key for key, call in self._ended.items() if call.ended_s < now_s - PATIENCE_S]:
            self._give_up(key)
        old_s = now_s + self._epoch_s() - KEPT_S
        for key in [key for key, report in self._reported.items() if report[4] < old_s]:
            del self._reported[key]

    def pull(self, pull: Pull) -> Pulled:
        """Applies a lever in every process, also in those that start later; waits for a bounded time for all."""
        self._pulls.append(pull)
        asked = [connection for connection in self._connections if _tell(connection, pull)]
        until_s = self._now() + LEVER_S
        while len(self._answers_to(pull)) < len(asked) and self._now() < until_s:
            gevent.sleep(0.01)
        answers = self._answers_to(pull)
        problems = [problem for problem in answers if problem]
        problem = problems[0] if problems else "" if answers else "no process of the service has responded"
        return Pulled(
            id=pull.id, at_s=self._at_s(), acknowledged=len(answers) - len(problems),
            processes=len(asked), problem=problem,
        )  # fmt: skip

    def finish(self) -> None:
        """Waits for the reports of the last calls, for a bounded time, and ends."""
        until_s = self._now() + PATIENCE_S
        while self._ended and self._now() < until_s:
            gevent.sleep(0.02)
        for key in list(self._ended):
            self._give_up(key)
        self._server.stop()

    def _give_up(self, key: Key) -> None:
        self.unreported += 1
        call = self._ended.pop(key)
        call.reported = False
        self._on_call(call)

    def _complete(self, call: Call, report: tuple[Any, ...]) -> None:
        _, _, _, started_s, _, error, attempts = report
        call.started_s = min(max(started_s - self._epoch_s(), call.dispatched_s), call.ended_s)
        call.attempts = [self._attempt(columns) for columns in attempts]
        if not call.outcome.good:
            call.error = call.error or error
        self._on_call(call)

    def _attempt(self, columns: list[Any]) -> Attempt:
        attempt = Attempt(*columns)
        attempt.started_s -= self._epoch_s()
        return attempt

    def _serve(self, connection: Any, _: object) -> None:
        with connection, connection.makefile("rb") as lines:
            pid = self._greeted(lines.readline(HELLO_BYTES))
            if pid is None:
                return
            self._processes += 1
            process = self._processes
            self._say(Joined(at_s=self._at_s(), process=process, pid=pid))
            self._connections.append(connection)
            for pull in self._pulls:
                _tell(connection, pull)
            try:
                for line in lines:
                    self.take(tuple(json.loads(line)), process)
            finally:
                self._connections.remove(connection)

    def _greeted(self, line: bytes) -> int | None:
        """The id of the process whose first line this is; None for a stranger's."""
        try:
            _, token, pid = json.loads(line)
        except (ValueError, TypeError, RecursionError):
            return None
        known = isinstance(token, str) and compare_digest(token.encode(), self._token.encode())
        return pid if known and isinstance(pid, int) else None

    def take(self, message: tuple[Any, ...], process: int) -> None:
        """Takes one message of a process."""
        match message:
            case ("call", int(arrival), int(step), *_) if arrival != NOBODY:
                self._take_call((arrival, step), message)
            case ("alone", attempts):
                self._take_alone(attempts)
            case ("pools", rows):
                found = [PoolRow._make([row[0] - self._epoch_s(), *row[1:], process]) for row in rows]
                self._pools += [row for row in found if row.at_s >= 0]
            case ("pulled", number, problem):
                self._answers.append((number, problem))
            case ("note", name, detail):
                self._say(Noted(at_s=self._at_s(), name=name, detail=detail, about="service"))

    def _at_s(self) -> float:
        """The run's time; 0 before its epoch is known, and before it."""
        return max(0.0, self._now()) if self._epoch_s() else 0.0

    def _answers_to(self, pull: Pull) -> list[str]:
        return [problem for number, problem in self._answers if number == pull.id]

    def _take_call(self, key: Key, report: tuple[Any, ...]) -> None:
        call = self._ended.pop(key, None)
        if call is None:
            self._reported[key] = report
        else:
            self._complete(call, report)

    def _take_alone(self, attempts: list[list[Any]]) -> None:
        nobody = Call(NOBODY, 0, "", "", 0.0, 0.0)
        found = [attempt for attempt in map(self._attempt, attempts) if attempt.started_s >= 0]
        self.alone += len(found)
        self._unattributed += [attempt_row(nobody, attempt) for attempt in found]


def _tell(connection: Any, pull: Pull) -> bool:
    """Sends a lever to a process; False when it has just ended."""
    try:
        connection.sendall(json.dumps(("pull", pull.id, pull.lever.model_dump_json())).encode() + b"\n")
    except OSError:
        return False
    return True
