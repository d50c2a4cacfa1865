"""The faults that are on right now, and the fate they give to an attempt."""

import re
from fnmatch import translate

from mock_upstream.faults.base import FaultRule, Hit
from mock_upstream.faults.envoy_headers import asked_for
from mock_upstream.faults.seeded_random import SeededRandom
from mock_upstream.http.request import Request
from mock_upstream.http.response import RawResponse, Response
from mock_upstream.http.send_script import Script


class FaultDecision:
    """What happens to one attempt: who did it, how late, how slow, what is said and how it leaves."""

    __slots__ = ("answer", "delay_s", "factor", "label", "shapers")

    def __init__(self) -> None:
        self.label = ""
        self.delay_s = 0.0
        self.factor = 1.0
        self.answer: Response | None = None
        self.shapers: list[tuple[FaultRule, Hit]] = []

    def add(self, armed: "ActiveFault", hit: Hit) -> None:
        """Add what one more fault does; the first that answers has the word."""
        fault = armed.fault
        self.label = f"{self.label}+{armed.label}" if self.label else armed.label
        self.delay_s += fault.late_s(hit)
        self.factor *= fault.slows()
        if self.answer is None:
            self.answer = fault.answer(hit)
        if armed.shapes:
            self.shapers.append((fault, hit))

    def script(self, raw: RawResponse) -> Script:
        """Return how `raw` leaves, after every fault had its say."""
        script = raw.script()
        for fault, hit in sorted(self.shapers, key=lambda shaper: shaper[0].paces):
            script = fault.shape(raw, script, hit) or script
        return script


class ActiveFault:
    """A fault that is on since `on_s`; `rule` is its identity in the draw of fates."""

    __slots__ = (
        "_always", "_anybody", "_dice", "_headers", "_path", "_seen", "fault", "label", "memory", "on_s",
        "ramp_s", "ratio", "rule", "shapes",
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
        self._anybody = targets == ("*", "*", "*") and not fault.header and fault.attempts is None
        self._always = fault.ttl_s is None and fault.on_s is None and ramp_s == 0.0
        self._dice = SeededRandom(seed, rule)
        self._seen = 0
        self._path = None if fault.route == "*" else re.compile(translate(fault.route))
        self._headers = [
            (name.lower().encode(), re.compile(translate(glob))) for name, glob in fault.header.items()
        ]

    def hits(self, request: Request, region: str, key: str, attempt: int, now: float) -> Hit | None:
        """Return the hit when this attempt is hit, else None."""
        if not self._anybody and not self._matches(request, region, attempt):
            return None
        if not self._always and not self._awake(now):
            return None
        chance, force = self._dice.throw(key, attempt)
        if chance >= (self.ratio if self._always else self._ratio(now)):
            return None
        return self._hit(Hit(force, now, request.target.decode("latin-1"), self.memory))

    def hits_connection(self, number: int, region: str, now: float) -> bool:
        """Return whether the connection with this number is hit, before it has said a word."""
        if self.fault.region not in ("*", region) or not self._awake(now):
            return False
        chance, force = self._dice.throw(f"c{number}", 0)
        return chance < self._ratio(now) and self._hit(Hit(force, now, "", self.memory)) is not None

    def _hit(self, hit: Hit) -> Hit | None:
        """Return the hit unless the first so many are over, or the fault spares it."""
        if self.fault.first is not None:
            self._seen += 1
            if self._seen > self.fault.first:
                return None
        return None if self.fault.exempts(hit) else hit

    def _matches(self, request: Request, region: str, attempt: int) -> bool:
        fault = self.fault
        if fault.attempts is not None and attempt >= fault.attempts:
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
    """All faults that are on, in the order in which they were turned on.

    With `fault_headers`, a request may ask for more in Envoy's headers.
    """

    def __init__(self, seed: int, *, fault_headers: bool = False) -> None:
        self.seed = seed
        self.fault_headers = fault_headers
        self.armed: list[ActiveFault] = []
        self.for_requests: list[ActiveFault] = []
        self.for_connections: list[ActiveFault] = []

    def on(self, fault: FaultRule, rule: str, now: float, ramp_s: float = 0.0) -> ActiveFault:
        """Turn a fault on."""
        armed = ActiveFault(fault, rule, self.seed, now, ramp_s)
        self._set([*self.armed, armed])
        return armed

    def off(self, armed: ActiveFault) -> None:
        """Turn a fault off; nothing happens when it is off already."""
        self._set([each for each in self.armed if each is not armed])

    def fate(self, request: Request, region: str, key: str, attempt: int, now: float) -> FaultDecision | None:
        """Return what happens to this attempt, or None when nothing does."""
        fate: FaultDecision | None = None
        for armed in self.for_requests:
            hit = armed.hits(request, region, key, attempt, now)
            if hit is not None:
                fate = fate or FaultDecision()
                fate.add(armed, hit)
        return self._as_asked(fate, request, key, attempt, now) if self.fault_headers else fate

    def _as_asked(
        self, fate: FaultDecision | None, request: Request, key: str, attempt: int, now: float
    ) -> FaultDecision | None:
        """Add the faults that the request asks for in its own headers."""
        for fault in asked_for(request):
            armed = ActiveFault(fault, fault.name, self.seed, now)
            hit = armed.hits(request, "", key, attempt, now)
            if hit is not None:
                fate = fate or FaultDecision()
                fate.add(armed, hit)
        return fate

    def fate_of_connection(self, number: int, region: str, now: float) -> FaultRule | None:
        """Return the fault that meets this connection before its first request, or None."""
        for armed in self.for_connections:
            if armed.hits_connection(number, region, now):
                return armed.fault
        return None

    def _set(self, armed: list[ActiveFault]) -> None:
        self.armed = armed
        self.for_requests = [each for each in armed if each.fault.stage == "request"]
        self.for_connections = [each for each in armed if each.fault.stage == "connection"]
