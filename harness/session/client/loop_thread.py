"""An asyncio event loop on a native thread of its own, for clients that need one.

The callers are other threads, or greenlets of a process that gevent has patched. What such a process has replaced is
named by `ThreadSystem`: the loop works with the system's own selector, sockets, threads and resolver. See
docs/decisions/021-where-the-asynchronous-clients-run.md.
"""

from __future__ import annotations

import _thread
import asyncio
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from selectors import BaseSelector, DefaultSelector
from typing import Any, Generic, Protocol, TypeVar

from harness.model.errors import MachineError

T = TypeVar("T")
CLOSING_AT_MOST_S = 2.0


class Pending(Protocol):
    """A one-time signal: the loop's thread sets it, and the caller waits for it."""

    def set(self) -> object: ...
    def wait(self) -> object: ...


@dataclass(frozen=True, slots=True)
class ThreadSystem:
    """The system's own functions, and `pending`, which makes the signal that a caller waits for.

    `getaddrinfo` replaces `socket.getaddrinfo`; without one it is used as it is.
    """

    start_thread: Callable[..., object] = _thread.start_new_thread
    selector: Callable[[], BaseSelector] = DefaultSelector
    new_socket: Callable[..., socket.socket] = socket.socket
    getaddrinfo: Callable[..., Any] | None = None
    pending: Callable[[], Pending] = threading.Event


class NativeLoop(asyncio.SelectorEventLoop):
    """An event loop whose connections and helper threads are the system's."""

    def __init__(self, system: ThreadSystem) -> None:
        super().__init__(system.selector())
        self._system = system

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Runs the function on a new thread. The executor is not used, because its threads may be greenlets."""
        del executor
        if func is socket.getaddrinfo:
            func = self._system.getaddrinfo or func
        future = self.create_future()
        self._system.start_thread(partial(self._work, future, partial(func, *args)), ())
        return future

    def _work(self, future: asyncio.Future[Any], work: Callable[[], Any]) -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as raised:
            error = raised
        with suppress(RuntimeError):  # The loop was closed meanwhile.
            self.call_soon_threadsafe(_complete, future, result, error)

    async def create_connection(self, *args: Any, **kwargs: Any) -> Any:
        """As the base class does, on a socket of the system's."""
        if kwargs.get("sock") is not None or len(args) < 3:
            return await super().create_connection(*args, **kwargs)
        protocol, host, port = args
        kwargs["sock"] = await self._connected(host, port, kwargs.pop("local_addr", None))
        if kwargs.get("ssl"):
            kwargs.setdefault("server_hostname", host)
        return await super().create_connection(protocol, **kwargs)

    async def _connected(self, host: str, port: int, local: Any) -> socket.socket:
        failed: OSError = OSError(f"{host} has no address")
        for family, kind, proto, _, address in await self.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            sock = self._system.new_socket(family, kind, proto)
            try:
                sock.setblocking(False)
                if local is not None:
                    sock.bind(local)
                await self.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                failed = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise failed


def _complete(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if future.cancelled():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


class LoopThread:
    """Runs coroutines for callers on other threads. `tasks` are those under way."""

    def __init__(self, system: ThreadSystem | None = None) -> None:
        self._system = system or ThreadSystem()
        self._loop = NativeLoop(self._system)
        self._loop.set_exception_handler(lambda *_: None)  # A caller gets every error; logging takes locks.
        self._orders: deque[Callable[[], object]] = deque()
        self._woken = self._closed = False
        self._ended, self._process = self._system.pending(), os.getpid()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._system.start_thread(self._serve, ())

    @property
    def new_socket(self) -> Callable[..., socket.socket]:
        """Makes a socket that the loop can use."""
        return self._system.new_socket

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs `work` on the loop's thread, and returns its result or raises its error in the caller.

        When the caller is interrupted while it waits, the work is cancelled. Raises MachineError once the loop is
        closed, and in a process that was forked after the loop began.
        """
        if self._closed or os.getpid() != self._process:
            work.close()
            problem = "has ended" if self._closed else "does not exist in a forked process; make a new client"
            raise MachineError("event loop", "", problem)
        job = _Job(work, self._system.pending())
        self._order(partial(job.begin, self))
        try:
            job.pending.wait()
        except BaseException:
            self._order(job.cancel)
            raise
        return job.result()

    def close(self, last: Coroutine[Any, Any, object]) -> None:
        """Cancels what is under way, runs `last`, and ends the thread. A caller that still waits is not resumed."""
        if self._closed or os.getpid() != self._process:
            last.close()
            return
        self._closed = True
        self._order(lambda: self._loop.create_task(self._shut_down(last)))
        self._ended.wait()

    def _serve(self) -> None:
        try:
            self._loop.run_forever()
        finally:
            self._loop.close()
            self._ended.set()

    def _order(self, order: Callable[[], object]) -> None:
        """Carried out on the loop's thread, in order. Several orders need one wake-up."""
        self._orders.append(order)
        if not self._woken:
            self._woken = True
            self._loop.call_soon_threadsafe(self._carry_out)

    def _carry_out(self) -> None:
        self._woken = False
        while self._orders:
            self._orders.popleft()()

    def begin(
        self, work: Coroutine[Any, Any, T], ended: Callable[[asyncio.Task[T]], object]
    ) -> asyncio.Task[T]:
        """Starts `work`; on the loop's thread only."""
        task = self._loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(partial(self._end, ended))
        return task

    def _end(self, ended: Callable[[asyncio.Task[T]], object], task: asyncio.Task[T]) -> None:
        self.tasks.discard(task)
        if not self._closed:
            ended(task)

    async def _shut_down(self, last: Coroutine[Any, Any, object]) -> None:
        under_way = set(self.tasks)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=CLOSING_AT_MOST_S)
        try:
            await asyncio.wait_for(last, CLOSING_AT_MOST_S)
            await self._loop.shutdown_asyncgens()
        finally:
            self._loop.stop()


class _Job(Generic[T]):
    """One piece of work, from its order to its result."""

    __slots__ = ("_task", "_work", "pending")

    def __init__(self, work: Coroutine[Any, Any, T], pending: Pending) -> None:
        self._work, self.pending = work, pending
        self._task: asyncio.Task[T] | None = None

    def begin(self, thread: LoopThread) -> None:
        """On the loop's thread."""
        self._task = thread.begin(self._work, lambda _: self.pending.set())

    def cancel(self) -> None:
        """On the loop's thread."""
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        """Of the work that has ended."""
        assert self._task is not None  # noqa: S101
        return self._task.result()
