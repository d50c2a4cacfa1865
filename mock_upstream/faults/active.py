"""The active faults, and their decision for an attempt."""

import re
from fnmatch import translate

from mock_upstream.config.attempt_numbers import within_request
from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.faults.envoy_headers import faults_in_headers
from mock_upstream.faults.seeded_random import SeededRandom
from mock_upstream.http.request import Request
from mock_upstream.http.response import RawResponse, Response
from mock_upstream.http.send_script import Script


class FaultDecision:
    """The combined faults of one attempt: labels, delay, slowdown, replaced response, and how it is sent."""

    __slots__ = ("delay_s", "factor", "label", "response", "response", "shapers")

    def __init__(self) -> None:
        self.label = ""
        self.delay_s = 0.0
        self.factor = 1.0
        self.response: Response | None = None
        self.shapers: list[tuple[FaultRule, Hit]] = []

    def add(self, active: "ActiveFault", hit: Hit) -> None:
        """Add one more fault; the first one with a response replaces the endpoint's."""
        fault = active.fault
        self.label = f"{self.label}+{active.label}" if self.label else active.label
        self.delay_s += fault.late_s(hit)
        self.factor *= fault.slows()
        if self.response is None:
            self.response = fault.response(hit)
        if active.shapes:
            self.shapers.append((fault, hit))

    def script(self, raw: RawResponse) -> Script:
        """Return the steps that send `raw`, shaped by every fault."""
        script = raw.script()
        for fault, hit in sorted(self.shapers, key=lambda shaper: shaper[0].paces):
            script = fault.shape(raw, script, hit) or script
        return script


class ActiveFault:
    """A fault that is active since `on_s`; `rule` is its identity in the seeded random draws."""

    __slots__ = (
        "_always",
        "_headers",
        "_hits_all",
        "_path",
        "_random",
        "_seen",
        "fault",
        "label",
        "memory",
        "on_s",
        "ramp_s",
        "ratio",
        "rule",
        "shapes",
    )  # fmt: skip

    def __init__(self, fault: FaultRule, rule: str, seed: int, on_s: float, ramp_s: float = 0.0) -> None:
        self.fault = fault
        self.rule = rule
        self.label = fault.label()
        self.on_s = on_s
        self.ramp_s = ramp_s
        self.memory: dict[str, float] = {}
        self.shapes = type(fault).shape is not FaultRule.shape
        self.ratio = fault.ratio
        targets = (fault.route, fault.method, fault.region)
        self._hits_all = targets == ("*", "*", "*") and not fault.header and fault.attempts is None
        self._always = fault.ttl_s is None and fault.on_s is None and ramp_s == 0.0
        self._random = SeededRandom(seed, rule)
        self._seen = 0
        self._path = None if fault.route == "*" else re.compile(translate(fault.route))
        self._headers = [
            (name.lower().encode(), re.compile(translate(glob))) for name, glob in fault.header.items()
        ]

    def hits(self, request: Request, region: str, key: str, attempt: int, now: float) -> Hit | None:
        """Return the hit when this attempt is hit, else None."""
        if not self._hits_all and not self._matches(request, region, attempt):
            return None
        if not self._always and not self._awake(now):
            return None
        chance, force = self._random.draw(key, attempt)
        if chance >= (self.ratio if self._always else self._ratio(now)):
            return None
        return self._hit(Hit(force, now, request.target.decode("latin-1"), self.memory))

    def hits_connection(self, number: int, region: str, now: float) -> bool:
        """Return whether the connection with this number is hit before its first request."""
        if self.fault.region not in ("*", region) or not self._awake(now):
            return False
        chance, force = self._random.draw(f"c{number}", 0)
        return chance < self._ratio(now) and self._hit(Hit(force, now, "", self.memory)) is not None

    def _hit(self, hit: Hit) -> Hit | None:
        """Return the hit, unless `first` is used up or the fault exempts the attempt."""
        if self.fault.first is not None:
            self._seen += 1
            if self._seen > self.fault.first:
                return None
        return None if self.fault.exempts(hit) else hit

    def _matches(self, request: Request, region: str, attempt: int) -> bool:
        fault = self.fault
        if fault.attempts is not None and within_request(attempt) >= fault.attempts:
            return False
        if fault.region not in ("*", region) or fault.method not in ("*", request.method):
            return False
        if self._path is not None and self._path.match(request.path) is None:
            return False
        return all(glob.match(request.header(name) or "") for name, glob in self._headers)

    def _awake(self, now: float) -> bool:
        fault, age_s = self.fault, now - self.on_s
        if fault.ttl_s is not None and age_s >= fault.ttl_s:
            return False
        return fault.on_s is None or age_s % (fault.on_s + fault.off_s) < fault.on_s

    def _ratio(self, now: float) -> float:
        if self.ramp_s and now - self.on_s < self.ramp_s:
            return self.fault.ratio * (now - self.on_s) / self.ramp_s
        return self.fault.ratio


class ActiveFaults:
    """All active faults, in the order of their activation.

    With `fault_headers`, a request can add more in Envoy's headers.
    """

    def __init__(self, seed: int, *, fault_headers: bool = False) -> None:
        self.seed = seed
        self.fault_headers = fault_headers
        self.active: list[ActiveFault] = []
        self.for_requests: list[ActiveFault] = []
        self.for_connections: list[ActiveFault] = []

    def on(self, fault: FaultRule, rule: str, now: float, ramp_s: float = 0.0) -> ActiveFault:
        """Activate a fault."""
        active = ActiveFault(fault, rule, self.seed, now, ramp_s)
        self._set([*self.active, active])
        return active

    def off(self, active: ActiveFault) -> None:
        """Deactivate a fault; nothing happens when it is not active."""
        self._set([each for each in self.active if each is not active])

    def decision(
        self, request: Request, region: str, key: str, attempt: int, now: float
    ) -> FaultDecision | None:
        """Return the faults of this attempt, or None when it has none."""
        decision: FaultDecision | None = None
        for active in self.for_requests:
            hit = active.hits(request, region, key, attempt, now)
            if hit is not None:
                decision = decision or FaultDecision()
                decision.add(active, hit)
        return (
            self._with_header_faults(decision, request, key, attempt, now) if self.fault_headers else decision
        )

    def _with_header_faults(
        self, decision: FaultDecision | None, request: Request, key: str, attempt: int, now: float
    ) -> FaultDecision | None:
        """Add the faults that the request has in its own headers."""
        for fault in faults_in_headers(request):
            active = ActiveFault(fault, fault.name, self.seed, now)
            hit = active.hits(request, "", key, attempt, now)
            if hit is not None:
                decision = decision or FaultDecision()
                decision.add(active, hit)
        return decision

    def connection_decision(self, number: int, region: str, now: float) -> FaultRule | None:
        """Return the fault of this connection before its first request, or None."""
        for active in self.for_connections:
            if active.hits_connection(number, region, now):
                return active.fault
        return None

    def _set(self, active: list[ActiveFault]) -> None:
        self.active = active
        self.for_requests = [each for each in active if each.fault.stage == "request"]
        self.for_connections = [each for each in active if each.fault.stage == "connection"]
