"""Where a Guard stands: around a Session's `send`, where a call begins and ends, and around its pools' attempts."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import EmptyPoolError
from urllib3.util import Retry

from harness.session.effort import current
from harness.session.guard import Guard
from harness.session.refusal import DeadlineExceeded, refusal_in
from harness.session.resize import resize, trim
from harness.session.tap import method_of, tap

_MARK, _HELD = "_surgeline_guard", "_surgeline_held"


class Checkpoint:
    """Has every attempt of the Sessions it is put on pass one guard.

    A Session that is also observed is observed first: its anatomy then counts the attempts that the guard lets
    out, and none that it refuses. A guard that has nothing to do costs a call nothing: it takes its place only
    when it is called for.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.pool_maxsize: int | None = None
        self._manned = guard.active
        self._sessions: list[weakref.ref[requests.Session]] = []
        self._pools: weakref.WeakSet[HTTPConnectionPool] = weakref.WeakSet()

    def put_on(self, session: requests.Session) -> requests.Session:
        """Returns the same Session."""
        if session.__dict__.get(_MARK) is self:
            return session
        session.__dict__[_MARK] = self
        if self._manned:
            self._stop_calls(session)
        else:
            self._sessions = [known for known in self._sessions if known() is not None]
            self._sessions.append(weakref.ref(session))
        return tap(session, self._on_pool)

    def man(self) -> None:
        """From now on, every attempt is stopped and asked, on the Sessions and pools in use as well."""
        if self._manned:
            return
        self._manned = True
        for known in self._sessions:
            session = known()
            if session is not None:
                self._stop_calls(session)
        for pool in list(self._pools):
            self._stop_attempts(pool)

    def set_pool_maxsize(self, maxsize: int) -> None:
        """Resizes all pools, those to come included."""
        self.pool_maxsize = maxsize
        for pool in list(self._pools):
            resize(pool, maxsize)

    def _stop_calls(self, session: requests.Session) -> None:
        guard, owner, send = self.guard, weakref.ref(session), method_of(session, "send")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            if (
                not guard.active or current.get() is not None
            ):  # A redirect's hop belongs to the call it is in.
                return send(owner(), request, **kwargs)  # type: ignore[no-any-return]
            return _within(guard, request, lambda: send(owner(), request, **kwargs))

        session.__dict__["send"] = sent

    def _on_pool(self, pool: HTTPConnectionPool) -> None:
        self._pools.add(pool)
        if self._manned:
            self._stop_attempts(pool)
        if self.pool_maxsize is not None:
            resize(pool, self.pool_maxsize)

    def _stop_attempts(self, pool: HTTPConnectionPool) -> None:
        gated = _GuardedPool(self, pool)
        hooks: dict[str, Callable[..., Any]] = {
            "urlopen": gated.urlopen,
            "_make_request": gated.make_request,
            "_put_conn": gated.put_conn,
        }
        pool.__dict__.update(hooks)


class _GuardedPool:
    """What stands in for three methods of one pool."""

    __slots__ = ("_checkpoint", "_guard", "_host", "_make_request", "_pool", "_put_conn", "_urlopen")

    def __init__(self, checkpoint: Checkpoint, pool: HTTPConnectionPool) -> None:
        self._checkpoint, self._guard, self._pool = checkpoint, checkpoint.guard, weakref.ref(pool)
        self._host = f"{pool.scheme}://{pool.host}:{pool.port}"
        self._urlopen, self._make_request = method_of(pool, "urlopen"), method_of(pool, "_make_request")
        self._put_conn = method_of(pool, "_put_conn")

    def urlopen(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        retries: Any = None,
        *args: Any,
        **kw: Any,
    ) -> Any:
        """One attempt asks to go out."""
        guard, effort = self._guard, current.get()
        if effort is None and guard.active:  # Somebody sends without the Session's `send`.
            token = current.set(guard.begin())
            try:
                return self.urlopen(method, url, body, headers, retries, *args, **kw)
            finally:
                current.reset(token)
        if effort is None:
            return self._urlopen(self._pool(), method, url, body, headers, retries, *args, **kw)
        if not (isinstance(retries, Retry) and retries.history):
            retries = guard.first(effort, retries)
        elif getattr(retries, "ask", None) is None:
            guard.retry_of_others(effort)
        try:
            guard.admit(effort, self._host)
            if "timeout" in kw:
                kw["timeout"] = guard.timeouts(effort, kw["timeout"])
            if effort.deadline_s is not None:
                kw["pool_timeout"] = max(0.001, effort.left_s(guard.clock()))
            return self._urlopen(self._pool(), method, url, body, headers, retries, *args, **kw)
        except EmptyPoolError:  # requests would let it out as it is, and no caller of requests looks for it.
            effort.settle(guard.clock(), None)
            effort.let_go()
            raise DeadlineExceeded("the time was over while waiting for a connection") from None
        except BaseException:
            effort.settle(guard.clock(), None)
            effort.let_go()
            raise

    def make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:
        """The attempt has its connection and goes out; its result is told to the guard."""
        guard, effort = self._guard, current.get()
        if effort is None:
            return self._make_request(self._pool(), conn, *args, **kwargs)
        effort.cut = guard.cutter.at(effort.deadline_s, conn) if effort.deadline_s is not None else None
        conn.__dict__[_HELD] = (effort.slot, effort.cut)
        status = None
        try:
            response = self._make_request(self._pool(), conn, *args, **kwargs)
            status = response.status
            if effort.cut is not None:
                effort.cut.answered(response)
            return response
        finally:
            guard.result(effort, self._host, status)

    def put_conn(self, conn: Any) -> None:
        """The connection comes back, from whatever thread: what the attempt held with it is free."""
        if conn is None:
            effort = current.get()
            if effort is not None:
                effort.let_go()
        else:
            slot, cut = conn.__dict__.pop(_HELD, (None, None))
            if cut is not None:
                cut.cancel()
            if slot is not None:
                slot.free()
        pool, maxsize = self._pool(), self._checkpoint.pool_maxsize
        self._put_conn(pool, conn)
        if maxsize is not None and pool is not None:
            trim(pool, maxsize)


def _within(guard: Guard, request: requests.PreparedRequest, send: Callable[[], Any]) -> requests.Response:
    """One call under the guard. What it refuses comes out as the Refusal itself, not as requests wraps it."""
    effort = guard.begin()
    token = current.set(effort)
    try:
        response: requests.Response = send()
    except requests.RequestException as error:
        refusal = refusal_in(error)
        if refusal is None and effort.over(guard.clock()):
            refusal = DeadlineExceeded("the time for all attempts is over")
        if refusal is None:
            raise
        refusal.request = request
        raise refusal from error
    finally:
        current.reset(token)
    if effort.cut is not None and effort.cut.due:
        raise DeadlineExceeded("the time was over before the body was read", request=request)
    return response
