"""The hooks of a pipeline: around a Session's `send`, where a call begins and ends, and around its pools' attempts."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any

import requests
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import EmptyPoolError
from urllib3.util import Retry

from harness.model.hedge_settings import NotHedged
from harness.session.errors import DeadlineExceeded, policy_error_in
from harness.session.resilience.call_context import CallContext, current
from harness.session.resilience.hedge import Request
from harness.session.resilience.hedge_admission import hedge_admission
from harness.session.resilience.hedge_hooks import WATCHED, connected, heard
from harness.session.resilience.pipeline import BUSY, Pipeline
from harness.session.resilience.pool_resize import resize, trim
from harness.session.trace.hooks import add_hooks, method_of

_MARK, _HELD = "_surgeline_pipeline", "_surgeline_held"


class PolicyHooks:
    """Passes every attempt of the given Sessions through one pipeline.

    A Session that is also observed is observed first: its trace then counts the attempts that the pipeline
    admits, and none that it refuses. A pipeline without work costs a call nothing: its hooks are installed
    only when they are needed.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.pool_maxsize: int | None = None
        self._activated = pipeline.active
        self._sessions: list[weakref.ref[requests.Session]] = []
        self._pools: weakref.WeakSet[HTTPConnectionPool] = weakref.WeakSet()

    def put_on(self, session: requests.Session) -> requests.Session:
        """Returns the same Session."""
        if session.__dict__.get(_MARK) is self:
            return session
        session.__dict__[_MARK] = self
        if self._activated:
            self._stop_calls(session)
        else:
            self._sessions = [known for known in self._sessions if known() is not None]
            self._sessions.append(weakref.ref(session))
        return add_hooks(session, self.on_pool)

    def activate(self) -> None:
        """From now on, every attempt passes the pipeline, on the Sessions and pools in use as well."""
        if self._activated:
            return
        self._activated = True
        for known in self._sessions:
            session = known()
            if session is not None:
                self._stop_calls(session)
        for pool in list(self._pools):
            self._stop_attempts(pool)

    def call(
        self, request: requests.PreparedRequest, kwargs: Mapping[str, Any], send: Callable[[], Any]
    ) -> requests.Response:
        """One call with its deadline, budget and result; `send` sends it with these `kwargs` of `Session.send`."""
        pipeline = self.pipeline
        if not pipeline.active or current.get() is not None:  # A redirect's hop belongs to the call it is in.
            return send()  # type: ignore[no-any-return]
        context = pipeline.begin(streamed=bool(kwargs.get("stream")))
        return _within(pipeline, context, request, send)

    def set_pool_maxsize(self, maxsize: int) -> None:
        """Resizes all pools, including future ones."""
        self.pool_maxsize = maxsize
        for pool in list(self._pools):
            resize(pool, maxsize)

    def _stop_calls(self, session: requests.Session) -> None:
        owner, send = weakref.ref(session), method_of(session, "send")

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            return self.call(request, kwargs, lambda: send(owner(), request, **kwargs))

        session.__dict__["send"] = sent

    def on_pool(self, pool: HTTPConnectionPool) -> None:
        """A pool is used for the first time by what passes through this pipeline."""
        self._pools.add(pool)
        if self._activated:
            self._stop_attempts(pool)
        if self.pool_maxsize is not None:
            resize(pool, self.pool_maxsize)

    def _stop_attempts(self, pool: HTTPConnectionPool) -> None:
        gated = _HookedPool(self, pool)
        hooks: dict[str, Callable[..., Any]] = {
            "urlopen": gated.urlopen,
            "_make_request": gated.make_request,
            "_put_conn": gated.put_conn,
        }
        pool.__dict__.update(hooks)


class _HookedPool:
    """The replacements of three methods of one pool."""

    __slots__ = ("_hooks", "_host", "_make_request", "_pipeline", "_pool", "_put_conn", "_urlopen")

    def __init__(self, checkpoint: PolicyHooks, pool: HTTPConnectionPool) -> None:
        self._hooks, self._pipeline, self._pool = checkpoint, checkpoint.pipeline, weakref.ref(pool)
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
        """One attempt is about to be sent."""
        pipeline, context = self._pipeline, current.get()
        if context is None and pipeline.active:  # The request was not sent by the Session's `send`.
            token = current.set(pipeline.begin())
            try:
                return self.urlopen(method, url, body, headers, retries, *args, **kw)
            finally:
                current.reset(token)
        if context is None:
            return self._urlopen(self._pool(), method, url, body, headers, retries, *args, **kw)
        if not (isinstance(retries, Retry) and retries.history):
            retries = pipeline.first(context, retries)
        elif getattr(retries, "ask", None) is None:
            pipeline.retry_of_others(context)
        request, hedging = ((method, url, body, headers, retries, *args), kw), pipeline.hedging
        try:
            pipeline.admit(context, self._host)
        except BaseException:
            self._not_sent(context)
            raise
        if hedging is not None:
            race = hedging.race(self, self._host, context, request)
            if race is not None:
                return race.run()
        return self.send(request, context)

    def admit(self, context: CallContext) -> NotHedged | None:
        """Admits a hedge, or says why it may not be sent."""
        pool = self._pool()
        return NotHedged.SLOT if pool is None else hedge_admission(self._pipeline, context, self._host, pool)

    def send(self, request: Request, context: CallContext) -> Any:
        """Sends an admitted attempt. A hedge does not wait for a connection."""
        pipeline, (args, given) = self._pipeline, request
        kw = given.copy()
        try:
            if "timeout" in given:
                kw["timeout"] = pipeline.timeouts(context, given["timeout"])
            if context.deadline_s is not None:
                kw["pool_timeout"] = max(0.001, context.left_s(pipeline.clock()))
            if context.race is not None and context is not context.race.first:
                kw["pool_timeout"] = 0.001
            return self._urlopen(self._pool(), *args, **kw)
        except EmptyPoolError:  # requests does not wrap it, and callers of requests do not handle it.
            self._not_sent(context)
            raise DeadlineExceeded("the deadline passed while waiting for a connection") from None
        except BaseException:
            self._not_sent(context)
            raise

    def _not_sent(self, context: CallContext) -> None:
        context.settle(self._pipeline.clock(), None)
        context.let_go()

    def make_request(self, conn: Any, *args: Any, **kwargs: Any) -> Any:
        """The attempt is sent on its connection; its result is reported to the pipeline."""
        pipeline, context = self._pipeline, current.get()
        if context is None:
            return self._make_request(self._pool(), conn, *args, **kwargs)
        context.deadline_timer = (
            pipeline.deadline_scheduler.at(context.deadline_s, conn)
            if context.deadline_s is not None
            else None
        )
        conn.__dict__[_HELD] = (context.slot, context.admission, context.deadline_timer)
        if context.admission is not None:
            context.admission.sent(pipeline.clock())
        hedging, began_s, status = pipeline.hedging, 0.0, None
        race = context.race
        if hedging is not None and (
            race is None or race.first is not context or WATCHED not in conn.__dict__
        ):
            connected(context, conn)
            began_s = pipeline.clock()
        try:
            response = self._make_request(self._pool(), conn, *args, **kwargs)
            status = response.status
            if context.deadline_timer is not None:
                context.deadline_timer.answered(response)
            return response
        finally:
            if hedging is not None:
                if race is not None:
                    race.head(context, status)
                else:
                    heard(hedging, context, status, began_s)
                if status in BUSY:
                    hedging.host(self._host).asked_to_wait(pipeline.clock(), response)
            pipeline.result(context, self._host, status)

    def put_conn(self, conn: Any) -> None:
        """The connection is returned, by any thread: what the attempt held with it is released."""
        if conn is None:
            context = current.get()
            if context is not None:
                context.let_go()
        else:
            slot, admission, cut = conn.__dict__.pop(_HELD, (None, None, None))
            if cut is not None:
                cut.cancel()
            if slot is not None:
                slot.free()
            if admission is not None:
                admission.free()
        pool, maxsize = self._pool(), self._hooks.pool_maxsize
        self._put_conn(pool, conn)
        if maxsize is not None and pool is not None:
            trim(pool, maxsize)


def _within(
    pipeline: Pipeline, context: CallContext, request: requests.PreparedRequest, send: Callable[[], Any]
) -> requests.Response:
    """One call under the pipeline. A refusal is raised as PolicyError itself, not wrapped by requests."""
    token = current.set(context)
    try:
        response: requests.Response = send()
    except requests.RequestException as error:
        refusal = policy_error_in(error)
        if refusal is None and context.over(pipeline.clock()):
            refusal = DeadlineExceeded("the deadline for all attempts has passed")
        if refusal is None:
            raise
        refusal.request = request
        raise refusal from error
    finally:
        current.reset(token)
    if context.deadline_timer is not None and context.deadline_timer.due:
        raise DeadlineExceeded("the deadline passed before the body was read", request=request)
    return response
