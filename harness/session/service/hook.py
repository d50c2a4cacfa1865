"""What the site hook does in a process of the service: it waits for requests and for the server to be imported."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.session.service.after_import import AfterImport
from harness.session.service.orders import ServiceOrder
from harness.session.service.own_sessions import making_own

if TYPE_CHECKING:
    from harness.session.service.inbound import InboundCall
    from harness.session.service.reporter import Reporter
    from harness.session.service.sessions import WatchedSessions


class _Service:
    """This process's part of the run. It imports requests and sockets when the service has, and not before.

    A server that patches them first, as one of gevent's does, must be the first to load them.
    """

    def __init__(self, order: ServiceOrder) -> None:
        self._order, self._lock = order, threading.RLock()
        self._reporter: Reporter | None = None
        self._sessions: WatchedSessions | None = None

    def report(self, call: InboundCall) -> None:
        """An inbound call has ended."""
        self.reporter().inbound(call)

    def reporter(self) -> Reporter:
        """The reporter, made at its first use."""
        if self._reporter is None:
            from harness.session.service.reporter import Reporter

            with self._lock:
                self._reporter = self._reporter or Reporter(self._order.reports, self._order.token)
                self._reporter.on_order = lambda order: self.sessions().take_order(order)
        return self._reporter

    def sessions(self) -> WatchedSessions:
        """What takes the Sessions, made for the first of them."""
        if self._sessions is None:
            from harness.session.service.sessions import WatchedSessions

            with self._lock:
                self._sessions = self._sessions or WatchedSessions(self._order, self.reporter())
        return self._sessions


def hook_service() -> None:
    """Watches this process from now on. Raises ValueError for an order that is damaged."""
    from harness.session.service.servers import server_hooks

    service = _Service(ServiceOrder.of_environment())
    AfterImport(
        {"requests.sessions": partial(_take_sessions, service), **server_hooks(service.report)}
    ).install()


def _take_sessions(service: _Service, module: Any) -> None:
    make = module.Session.__init__

    def made(session: Any, *given: Any, **named: Any) -> None:
        make(session, *given, **named)
        if not making_own():
            service.sessions().take(session)

    module.Session.__init__ = made
