"""What all faults have in common: whom they hit, how often, for how long; and what a fault may do."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from mock_upstream.config.toml import Frozen
from mock_upstream.faults.region_control import RegionControl
from mock_upstream.http.response import RawResponse, Response
from mock_upstream.http.send_script import Script

Ratio = Annotated[float, Field(ge=0.0, le=1.0)]


Stage = Literal["request", "connection", "upstream"]


class Hit(NamedTuple):
    """One attempt that a fault hits: all that the fault may base its decision on."""

    u: float
    """The attempt's own throw for this rule, uniform in [0, 1): how hard it hits."""
    now_s: float
    """When the request arrived, on the monotonic clock."""
    target: str
    """The request's path and query, as sent."""
    memory: dict[str, float]
    """What this fault remembers for as long as it is on; for faults that count."""


class FaultRule(Frozen):
    """Base of every fault: the attempts it hits, and what it may do to them. A fault overrides some hooks."""

    stage: ClassVar[Stage] = "request"
    """What it hits: a request, a connection before there is a request, or the upstream as a whole.

    Of the targets, connections know only `region`, `ratio`, `first` and the times; the upstream not even a
    ratio.
    """
    paces: ClassVar[bool] = False
    """Whether `shape` only spreads the bytes over time; such faults have the last word."""

    name: str = ""
    """What the ledger calls it; the kind when empty."""
    ratio: Ratio = 1.0
    """The share of the matching attempts that it hits."""
    route: str = "*"
    """A glob over the path: `/orders/*`."""
    method: str = "*"
    header: Mapping[str, str] = Field(default_factory=dict)
    """Header names and globs over their values: all must match."""
    region: str = "*"
    first: PositiveInt | None = None
    """Hit only the first so many matching attempts, in order of arrival, then recover."""
    attempts: PositiveInt | None = None
    """Hit only the first so many attempts of each key, so that retries get through."""
    ttl_s: PositiveFloat | None = None
    """Turn itself off so many seconds after it was turned on."""
    on_s: PositiveFloat | None = None
    off_s: NonNegativeFloat = 0.0
    """Flap: on for `on_s` seconds, off for `off_s`, and again."""

    def label(self) -> str:
        """Return the name for the ledger."""
        return self.name or str(getattr(self, "kind", "fault"))

    def exempts(self, hit: Hit) -> bool:  # noqa: ARG002
        """Return whether this attempt gets away after all; called once for each that is hit."""
        return False

    def late_s(self, hit: Hit) -> float:  # noqa: ARG002
        """Return how many seconds the answer is late on its way; no worker is busy meanwhile."""
        return 0.0

    def slows(self) -> float:
        """Return the factor by which the worker is slower."""
        return 1.0

    def answer(self, hit: Hit) -> Response | None:  # noqa: ARG002
        """Return what is said in place of the service's answer, or None to let the service answer."""
        return None

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script | None:  # noqa: ARG002
        """Return how the bytes of `raw` leave in place of `script`, or None to leave it alone."""
        return None

    def apply(self, region: RegionControl) -> None:
        """Begin, for faults that hit the upstream as a whole."""

    def revert(self, region: RegionControl) -> None:
        """End, for faults that hit the upstream as a whole."""
