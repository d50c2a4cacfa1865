"""The base of all faults: which attempts they hit, how often, for how long; and their hooks."""

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
    """The attempt's random number for this rule, uniform in [0, 1), for the strength of the effect."""
    now_s: float
    """When the request arrived, on the monotonic clock."""
    target: str
    """The request's path and query, as sent."""
    memory: dict[str, float]
    """The state of this fault while it is active; for faults that count."""


class FaultRule(Frozen):
    """Base of every fault: the attempts it hits, and its effect on them. A fault overrides some hooks."""

    stage: ClassVar[Stage] = "request"
    """What it hits: a request, a connection before there is a request, or the upstream as a whole.

    For connections, only `region`, `ratio`, `first` and the times apply; for the upstream, not even
    `ratio`.
    """
    paces: ClassVar[bool] = False
    """Whether `shape` only spreads the bytes over time; such faults are applied last."""

    name: str = ""
    """Its name in the ledger; the kind when empty."""
    ratio: Ratio = 1.0
    """The share of the matching attempts that it hits."""
    route: str = "*"
    """A glob over the path: `/orders/*`."""
    method: str = "*"
    header: Mapping[str, str] = Field(default_factory=dict)
    """Header names and globs over their values: all must match."""
    region: str = "*"
    first: PositiveInt | None = None
    """Hit only this number of matching attempts, in order of arrival, and none after them."""
    attempts: PositiveInt | None = None
    """Hit only this number of attempts of each key, so that later retries succeed."""
    ttl_s: PositiveFloat | None = None
    """End the fault this number of seconds after its start."""
    on_s: PositiveFloat | None = None
    off_s: NonNegativeFloat = 0.0
    """Flap: active for `on_s` seconds, inactive for `off_s`, repeated."""

    def label(self) -> str:
        """Return the name for the ledger."""
        return self.name or str(getattr(self, "kind", "fault"))

    def exempts(self, hit: Hit) -> bool:  # noqa: ARG002
        """Return whether this attempt is exempt; called once for each that is hit."""
        return False

    def late_s(self, hit: Hit) -> float:  # noqa: ARG002
        """Return by how many seconds the response is delayed; no worker is busy during the delay."""
        return 0.0

    def slows(self) -> float:
        """Return the factor by which the worker is slower."""
        return 1.0

    def response(self, hit: Hit) -> Response | None:  # noqa: ARG002
        """Return a response that replaces the endpoint's, or None to keep the endpoint's."""
        return None

    def shape(self, raw: RawResponse, script: Script, hit: Hit) -> Script | None:  # noqa: ARG002
        """Return steps that send `raw` in place of `script`, or None to keep `script`."""
        return None

    def apply(self, region: RegionControl) -> None:
        """Begin, for faults of the upstream as a whole."""

    def revert(self, region: RegionControl) -> None:
        """End, for faults of the upstream as a whole."""
