"""Every Session that a process of the service makes: traced, and under the run's policy if there is one.

`requests.get` makes a Session for each call, which counts too. What the service sets on a Session itself stays, its
headers, cookies, auth and hooks; a declared policy replaces its adapters for HTTP, its timeouts and adds its guards.
"""

from __future__ import annotations

import weakref
from typing import Any

import requests
from pydantic import TypeAdapter
from requests.adapters import BaseAdapter, HTTPAdapter

from harness.model.allowed_targets import AllowedTargets
from harness.model.call import Call
from harness.model.lever_catalogue import Lever
from harness.model.policy import Policy
from harness.session.build.session import session_maker, timeout
from harness.session.resilience.controls import Controls
from harness.session.service.inbound import current_inbound
from harness.session.service.orders import ServiceOrder
from harness.session.service.own_sessions import own
from harness.session.service.reporter import Message, Reporter
from harness.session.service.settings_notes import SessionSettingsNotes
from harness.session.target_gate import install
from harness.session.trace.hooks import method_of
from harness.session.trace.instrument import ServiceTracer
from harness.session.trace.trace import CallTrace
from mock_upstream.config.attempt_numbers import first_of


class InboundTracer(ServiceTracer):
    """Traces requests as parts of the inbound call that they are sent in. `targets` are the mock upstream's URLs."""

    def __init__(self, targets: tuple[str, ...]) -> None:
        super().__init__()
        self._targets = targets

    def open_call(self, request: requests.PreparedRequest) -> CallTrace:
        """A request's trace; its attempts have numbers of their own within the inbound call."""
        inbound, trace = current_inbound(), super().open_call(request)
        if inbound is not None:
            trace.call.arrival, trace.call.step = inbound.arrival, inbound.step
            trace.keyed = (request.url or "").startswith(self._targets)
            trace.numbered = first_of(inbound.next_request())
        return trace


class WatchedSessions:
    """Takes every Session of this process."""

    def __init__(self, order: ServiceOrder, reporter: Reporter) -> None:
        """Raises ConfigError when the policy cannot be used in this process."""
        self._reporter, self._tracer = reporter, InboundTracer(order.targets)
        self._tracer.listeners.append(self._on_call)
        policy = Policy.model_validate_json(order.policy) if order.policy else Policy(name="as-is")
        self._controls = Controls(policy)
        self._policy = _PolicyAdapters(policy) if order.policy else None
        self._gate, self._refused = install(AllowedTargets.of(order.allowed_targets)), set[str]()
        self._read_back = SessionSettingsNotes(reporter)
        reporter.sample = self._sample

    def take(self, session: requests.Session) -> None:
        """A Session has just been made."""
        if self._policy is not None:
            self._policy.put_on(session)
        else:
            self._read_back.watch(session)
        self._tracer.tracer.instrument(
            session
        )  # Before the guards, so that an attempt that they refuse is none.
        self._controls.attach(session)
        self._tracer.instrument(session)

    def take_order(self, order: Message) -> None:
        """Applies a lever to the Sessions of this process, and acknowledges it."""
        _, number, lever = order
        problem = ""
        try:
            TypeAdapter(Lever).validate_json(str(lever)).apply_to(self._controls)
        except Exception as error:
            problem = (
                f"could not be applied in a process of the service: {' '.join(str(error).split())[:200]}"
            )
        self._reporter.acknowledge(str(number), problem)

    def _on_call(self, call: Call) -> None:
        inbound = current_inbound()
        if inbound is None or not inbound.add(call):
            self._reporter.unattributed(call.attempts)

    def _sample(self) -> list[Message]:
        new = [host for host in self._gate.refusals if host not in self._refused]
        self._refused.update(new)
        found: list[Message] = [("note", "target refused", self._gate.refusals[host]) for host in new]
        gauges, now_s = list(self._tracer.tracer.gauges.values()), self._tracer.tracer.now()
        rows = [
            (
                now_s, gauge.host, gauge.maxsize, gauge.in_use, gauge.idle, gauge.waiting,
                gauge.opened, gauge.discarded, gauge.stale, gauge.longest_wait_s(now_s),
            )
            for gauge in gauges
        ]  # fmt: skip
        return [*found, ("pools", rows)] if rows else found


class _PolicyAdapters:
    """The adapters and timeouts of a declared policy, on Sessions that the service makes."""

    def __init__(self, policy: Policy) -> None:
        self._timeout = timeout(policy)
        self._make = own(lambda: session_maker(policy))

    def put_on(self, session: requests.Session) -> None:
        """Each Session gets adapters of its own, with their pools."""
        template, owner = own(self._make), weakref.ref(session)
        get_adapter, send = method_of(session, "get_adapter"), method_of(session, "send")

        def adapter(url: str) -> BaseAdapter:
            own: BaseAdapter = get_adapter(owner(), url)
            return template.get_adapter(url) if isinstance(own, HTTPAdapter) else own

        def sent(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            kwargs["timeout"] = timeouts(self._timeout, kwargs.get("timeout"))
            return send(owner(), request, **kwargs)  # type: ignore[no-any-return]

        session.__dict__.update(get_adapter=adapter, send=sent)


def timeouts(policy: tuple[float | None, float | None] | None, given: Any) -> Any:
    """The policy's timeouts where it has them, else those of the service."""
    if policy is None:
        return given
    connect_s, read_s = given if isinstance(given, tuple) else (given, given)
    return (connect_s if policy[0] is None else policy[0], read_s if policy[1] is None else policy[1])
