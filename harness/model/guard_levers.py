"""The levers that switch a guard of the policy on and off."""

from __future__ import annotations

from typing import Literal

from harness.model.lever_base import Control, LeverBase, OwnSettings, Switch


class SetLimiter(LeverBase):
    """The limit of concurrent attempts to each host: the policy's own, or Envoy's where it has none. False removes it.

    A limit that is switched on begins anew.
    """

    lever: Literal["limiter"]
    on: bool = True

    title = "Concurrency limiter"
    scope = "client"
    handler = "set_limiter"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Switch("on", "Switched on", start=not own.has_limiter),)

    def revert(self, own: OwnSettings) -> SetLimiter:
        return SetLimiter(lever="limiter", on=own.has_limiter)


class SetHedge(LeverBase):
    """Hedging: the policy's own, or a second attempt after the p95 for at most 5% of calls. False stops it.

    Calls that the policy retries are not hedged.
    """

    lever: Literal["hedge"]
    on: bool = True

    title = "Hedging"
    scope = "client"
    handler = "set_hedge"

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...]:
        return (Switch("on", "Switched on", start=not own.has_hedge),)

    def revert(self, own: OwnSettings) -> SetHedge:
        return SetHedge(lever="hedge", on=own.has_hedge)
