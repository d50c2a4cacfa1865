"""Levers that are applied in a run: who requested one, the result, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from harness.model.lever_base import LeverBase, OwnSettings
from harness.model.lever_catalogue import AnyLever, Lever
from mock_upstream.config.toml import Frozen


class Pull(Frozen):
    """One pull of one lever: who requested it, and a number by which it is acknowledged."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,64}$")]
    who: Annotated[str, Field(max_length=100)]
    lever: Lever


class Pulled(Frozen):
    """The result of a pull: how many processes acknowledged it, when, and the problem if there was one."""

    kind: Literal["pulled"] = "pulled"
    id: str
    at_s: NonNegativeFloat
    acknowledged: int
    processes: int
    problem: str = ""


def lever_text(lever: AnyLever) -> str:
    """A lever with its settings, as it appears in an event: `throttle rate_per_s=120`."""
    return " ".join([lever.lever, *(f"{key}={value}" for key, value in lever.written().items())])


def levers_text(levers: Sequence[AnyLever]) -> str:
    """Several levers in the order in which they were applied; `none` for no lever."""
    return ", then ".join(map(lever_text, levers)) or "none"


def reverts(lever: LeverBase, earlier: Sequence[LeverBase], own: OwnSettings) -> bool:
    """Whether a lever only takes one of the earlier ones back."""
    written = lever.model_dump_json()  # Python holds 1 and true for equal, JSON does not.
    taken_back = [found for one in earlier if (found := one.revert(own)) is not None]
    return any(type(found) is type(lever) and found.model_dump_json() == written for found in taken_back)
