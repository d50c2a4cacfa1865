"""What all levers have in common: a title, who handles them, how pages offer their settings, what reverts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Capacity

Number = int | float

Scope = Literal["client", "service", "processes", "upstream"]
"""Whose method a lever's `handler` is: the Controls of each process, each process of the service, the master that
leads several processes, or the mock upstream."""


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What a run was started with, as far as ranges and reverts of levers depend on it.

    `rate_per_s` is the highest rate of arrivals of each process, 0 where none is planned.
    """

    rate_per_s: float
    processes: int
    threads: int
    pool_maxsize: int
    attempts_at_most: int
    connect_s: float | None
    read_s: float | None
    capacity: Capacity
    has_limiter: bool = False
    has_hedge: bool = False


@dataclass(frozen=True, slots=True)
class Slider:
    """A number from `low` to `high`. `scale` turns what is shown into what is set, as percent into a ratio.

    An optional one can be left to the policy.
    """

    setting: str
    title: str
    low: Number
    high: Number
    start: Number
    step: Number = 1
    shown: str = "%d"
    scale: float = 1.0
    optional: bool = False

    def value(self, shown: Number) -> Number:
        """The setting's value for the number that is shown."""
        return shown if self.scale == 1.0 else round(shown * self.scale, 6)

    def text(self, shown: Number) -> str:
        """The number that is shown, with its unit."""
        return self.shown % shown


@dataclass(frozen=True, slots=True)
class Choice:
    """One of `choices`; it begins with the first."""

    setting: str
    title: str
    choices: tuple[str, ...]

    @property
    def start(self) -> str:
        """What it begins with."""
        return self.choices[0]

    def value(self, shown: str) -> str:
        """The setting's value."""
        return shown

    def text(self, shown: str) -> str:
        """The choice itself."""
        return shown


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""

    setting: str
    title: str
    start: bool = False

    def value(self, shown: bool) -> bool:
        """The setting's value."""
        return shown

    def text(self, shown: bool) -> str:
        """`yes` or `no`."""
        return "yes" if shown else "no"


@dataclass(frozen=True, slots=True)
class Text:
    """A name that people write."""

    setting: str
    title: str
    start: str = ""

    def value(self, shown: str) -> str:
        """The setting's value."""
        return shown.strip()

    def text(self, shown: str) -> str:
        """The name itself."""
        return shown.strip()


Control = Slider | Choice | Switch | Text


class LeverBase(Frozen):
    """Base of every lever: its settings are the fields of its type, and its docstring says what it does.

    `handler` names a method of what `scope` says; it is called with the lever's settings as keyword arguments.
    """

    title: ClassVar[str]
    scope: ClassVar[Scope]
    handler: ClassVar[str]

    @classmethod
    def controls(cls, own: OwnSettings) -> tuple[Control, ...] | None:  # noqa: ARG003
        """One control for each setting that pages offer; None for a lever that is not available in such a run."""
        return None

    def revert(self, own: OwnSettings) -> LeverBase | None:  # noqa: ARG002
        """The lever that takes this one back to what the run was started with; None when nothing does."""
        return None

    def apply_to(self, receiver: object) -> None:
        """Calls the receiver's handler of this lever."""
        settings = {name: getattr(self, name) for name in type(self).setting_names()}
        getattr(receiver, self.handler)(**settings)

    @classmethod
    def describe(cls) -> str:
        """What the lever does, in whole sentences."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """The names of its settings."""
        return tuple(name for name in cls.model_fields if name != "lever")

    def written(self) -> Mapping[str, Any]:
        """The settings that were given, as JSON has them."""
        return self.model_dump(mode="json", exclude={"lever"}, exclude_unset=True, exclude_none=True)
