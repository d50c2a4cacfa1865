"""What was advised: settings of files, each with its reason and its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.profile import Profile

AdvisedFile = Literal["policy", "scenario", "upstream"]
Scalar = str | int | float | bool | Sequence[str] | Sequence[int] | Sequence[float]


@dataclass(frozen=True, slots=True)
class AdvisedSetting:
    """One line of a file. `key` is dotted; a number in it counts the tables of a list, as in `--set`."""

    file: AdvisedFile
    key: str
    value: Scalar
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The advised files, as settings and as types.

    `none_because` is empty, or has the reasons for which no policy would do; `policy` is then the nearest one and
    `nearest` are all that are tried. `assumed` says what was assumed because it is unknown. `in_code` has what no
    file says: a line of code, its reason and its source.
    """

    settings: tuple[AdvisedSetting, ...]
    policy: Policy
    scenario: Scenario
    upstream: Profile
    load: float
    load_known: bool
    assumed: tuple[str, ...]
    in_code: tuple[tuple[str, str, str], ...]
    none_because: tuple[str, ...]
    nearest: tuple[Policy, ...]
    digest: str
