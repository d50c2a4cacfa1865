"""One policy under one scenario with one seed, on one machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from harness.model.ending import EarlyEndField
from harness.model.lever_base import OwnSettings
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.scenario import Scenario
from harness.model.verdict import Measurement, Verdict
from mock_upstream.config.toml import Frozen
from mock_upstream.profile import Profile

SCHEMA = 2

Moment = Annotated[datetime, Field(strict=False)]  # JSON has no type for times: they are ISO strings
State = Literal["live", "complete", "interrupted"]


class Run(Frozen):
    """A run's identity and everything needed to repeat it.

    `epoch_s` is the machine's monotonic clock at time zero of the run; every other time is relative to it.
    """

    id: str
    schema_version: int = SCHEMA
    policy: Policy
    rollout: RehearsedRollout | None = None
    """Where two policies sent the calls; `policy` then has the settings of the old one, and the name of both."""
    scenario: Scenario
    upstream: Profile
    seed: int
    target: str
    started_at: Moment
    epoch_s: float
    boot_id: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str | int | float] = Field(default_factory=dict)
    driver_ceiling_per_s: float | None = None
    """The highest rate of one driver process on this machine, from `surgeline doctor`; None if not measured."""
    command: str = ""
    commit: Annotated[str, Field(pattern="^[0-9a-f]{0,64}$")] = ""
    """The Git commit that was checked out where the run was started; "" outside of a repository."""
    job: str = ""
    """Names the dashboard's background job that made it; "" for a run that was started otherwise."""


class End(Frozen):
    """How a run ended; a run without one is live or was killed.

    `early` is None after a whole run; `reason` says the same as text, for readers of the file.
    """

    state: Literal["complete", "interrupted"]
    reason: str = ""
    early: EarlyEndField | None = None
    ended_at: Moment
    measurements: Annotated[dict[str, Measurement], Field(default_factory=dict)]
    verdict: Verdict

    @model_validator(mode="before")
    @classmethod
    def _schema_1_had_only_words(cls, data: object) -> object:
        if not isinstance(data, Mapping) or data.get("state") != "interrupted" or data.get("early"):
            return data
        return {**data, "early": {"kind": "lost", "part": "run", "detail": "ended early"}}


def own_settings(policy: Policy, scenario: Scenario, upstream: Profile) -> OwnSettings:
    """What the ranges and the reverts of levers need to know of a run with this policy, scenario and upstream."""
    service = scenario.service
    return OwnSettings(
        rate_per_s=scenario.most_per_s / service.processes,
        processes=service.processes,
        threads=service.threads,
        pool_maxsize=policy.adapter.pool_maxsize,
        attempts_at_most=policy.attempts_at_most,
        connect_s=policy.timeout.connect_s,
        read_s=policy.timeout.read_s,
        capacity=upstream.capacity,
        has_limiter=policy.limiter is not None,
        has_hedge=policy.hedge is not None,
    )


def run_id(policy: Policy, scenario: Scenario, upstream: Profile, started_at: datetime) -> str:
    """The run's name: the time, both names and six digits of the content's hash, so that a listing sorts."""
    return record_id(policy, scenario, upstream, started_at, scenario.name)


def record_id(policy: Policy, scenario: Scenario, upstream: Profile, started_at: datetime, about: str) -> str:
    """The name of a record of one policy that is `about` something, such as a scenario."""
    content = policy.model_dump_json() + scenario.model_dump_json() + upstream.model_dump_json()
    digest = hashlib.blake2b(content.encode(), digest_size=3).hexdigest()
    return f"{started_at:%Y%m%d-%H%M%S}-{about}-{policy.name}-{digest}"
