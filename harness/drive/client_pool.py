"""The clients of one process: one policy, shared as its scope says, and its levers."""

from __future__ import annotations

from collections.abc import Callable

from gevent.monkey import get_original
from requests import Session

from harness.drive.driven_rollout import DrivenRollout
from harness.drive.driven_shadow import DrivenShadow
from harness.drive.edge_transport import EdgeTransport
from harness.drive.native_thread import HandOver
from harness.model.allowed_targets import AllowedTargets
from harness.model.call import Call
from harness.model.driver_messages import Prepare
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.session.build.read_back import read_back
from harness.session.build.session import session_maker, timeout
from harness.session.build.upstream_ca import trust, trusting
from harness.session.build.warm_up import open_connections
from harness.session.client.aiohttp_transport import AiohttpTransport
from harness.session.client.client import Client
from harness.session.client.httpx_transport import HttpxAsyncTransport, HttpxTransport
from harness.session.client.loop_thread import LoopThread
from harness.session.client.response_cache import ResponseCache
from harness.session.client.transport import SessionTransport, Transport
from harness.session.resilience.controls import Controls
from harness.session.resilience.status import PolicyStatus, policy_status
from harness.session.target_gate import install
from harness.session.trace.call_trace import CallTracer
from harness.session.trace.gevent_poll import httpx_asks_the_kernel


class ClientPool:
    """Makes one client per thread. `on_call` gets every call as it ends.

    `policy` is the Session as built: a team's own is read back from its objects. `gate` is the process's, which is
    closed before any of the team's code is loaded.
    """

    def __init__(self, order: Prepare, on_call: Callable[[Call], None]) -> None:
        """Raises ConfigError when the policy's factory or a secret cannot be loaded."""
        self.tracer = CallTracer()
        self.made: list[Client] = []
        self._order, self._on_call = order, on_call
        self.gate = install(AllowedTargets.of(order.allowed_targets))
        if order.ca:
            trust(order.ca)
        own = Policy(name=order.policy.name) if order.drives_service else order.policy
        self._make = session_maker(own)
        self.controls, self._cache = Controls(own), ResponseCache()
        self.policy = order.policy if order.drives_service else read_back(own, self._make())
        self._kept: list[Session] = []
        self._hand_over: HandOver | None = None
        self.rollout = _driven(order.rollout) if order.rollout is not None else None
        self._alternative = EdgeTransport(order.target) if order.drives_service else self._without_requests()
        self._shared = self._keep() if order.policy.session.scope == "process" else None

    def give_up(self) -> list[Call]:
        """Calls that have begun and not ended; they are not reported any more."""
        return [call for client in self.made for call in client.give_up()]

    def make(self) -> Client:
        """A client over this process's, this thread's or each call's own Session."""
        transport = self._cache.before(self._transport())
        self.made.append(Client(self._order.target, transport, self.tracer, self._on_call, len(self.made)))
        return self.made[-1]

    def warm_up(self) -> None:
        """Begins a rollout, or opens the connections that the policy requires before the first call."""
        if self.rollout is not None:
            self.rollout.begin(self.tracer.epoch_s)
        wanted = self._order.policy.session.warm_connections
        for session in self._kept if wanted else ():
            open_connections(session, self._order.target, wanted)

    def continue_in_turn(self, wait: Callable[[], object]) -> None:
        """Calls whose response another thread has received continue in turn with those that waited for a socket."""
        if self._hand_over is not None:
            self._hand_over.in_turn = wait

    def close(self) -> None:
        """Ends a rollout, and closes a transport without requests, whose calls under way are cancelled."""
        if self.rollout is not None:
            self.rollout.close()
        if self._alternative is not None:
            self._alternative.close()
        if self._hand_over is not None:
            self._hand_over.close()

    def guards(self) -> PolicyStatus:
        """The current state of the policy's guards in this process; of a rollout, of the old policy's."""
        if self.rollout is not None:
            return self.rollout.guards
        return policy_status(self.controls.pipeline)

    def set_cache(self, on: bool, ttl_s: float) -> None:
        """Puts a response cache in front of every client, or takes it away."""
        self._cache.switch(on, ttl_s)
        for client in self.made:
            client.transport = self._cache.before(client.transport)

    def _transport(self) -> Transport:
        if self._alternative is not None:
            return self._alternative
        if self.rollout is not None:
            return SessionTransport(self._make, self._shared, None)  # Each arm has timeouts of its own.
        session = self._keep() if self._order.policy.session.scope == "user" else self._shared
        return SessionTransport(self._session, session, timeout(self._order.policy))

    def _without_requests(self) -> HttpxTransport | HttpxAsyncTransport | AiohttpTransport | None:
        policy, target, ca = self._order.policy, self._order.target, self._order.ca
        match policy.transport:
            case "requests":
                return None
            case "httpx":
                httpx_asks_the_kernel(get_original("select", "poll"))
                return HttpxTransport(policy, self.tracer, target, ca)
            case "httpx-async":
                httpx_asks_the_kernel(get_original("select", "poll"))
                return HttpxAsyncTransport(policy, self.tracer, target, ca, self._thread())
            case "aiohttp":
                return AiohttpTransport(policy, self.tracer, target, ca, self._thread())

    def _thread(self) -> LoopThread:
        self._hand_over = HandOver()
        return LoopThread(self._hand_over.system())

    def _keep(self) -> Session:
        self._kept.append(self._session())
        return self._kept[-1]

    def _session(self) -> Session:
        if self.rollout is not None:
            return self.tracer.instrument(trusting(self.rollout.session, self._order.ca))
        session = trusting(self._make(), self._order.ca)
        return self.controls.attach(self.tracer.instrument(session))


def _driven(rollout: RehearsedRollout) -> DrivenRollout | DrivenShadow:
    return DrivenShadow(rollout) if rollout.shadow else DrivenRollout(rollout)
