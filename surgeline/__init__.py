"""Load testing, capacity ranges and incident rehearsals for `requests.Session` policies.

Every public name is loaded when it is first used, so that `import surgeline` costs a production service nothing
that it does not use. `session`, `instrument` and `export` need requests, urllib3, pydantic and prometheus_client,
which the package installs; the others need the extra `lab`: `pip install "surgeline[lab]"`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.call import Attempt, Call, Outcome
    from harness.model.errors import (
        ConfigError,
        DamagedError,
        MachineError,
        NewerSchemaError,
        NotFoundError,
        PrometheusError,
        RecordError,
        SurgelineError,
        TargetError,
    )
    from harness.model.policy import Policy
    from harness.model.range import OperatingRange
    from harness.model.rehearsal import Rehearsal
    from harness.model.rollout import RolloutPlan
    from harness.model.run import Run
    from harness.model.scenario import Scenario
    from harness.model.slo import Slo
    from harness.model.verdict import Comparison, Measurement, Verdict
    from harness.observe.service_exporter import export
    from harness.record.interrupted_run import RunInterrupted
    from harness.record.reader import Record
    from harness.session.trace.instrument import instrument
    from mock_upstream.profile import Profile
    from surgeline.experiments import compare, run
    from surgeline.production import session
    from surgeline.rollouts import canary, shadow, shadow_counts

_HOMES = {
    "harness.record.interrupted_run": ("RunInterrupted",),
    "harness.model.call": ("Attempt", "Call", "Outcome"),
    "harness.model.errors": (
        "ConfigError",
        "DamagedError",
        "MachineError",
        "NewerSchemaError",
        "NotFoundError",
        "PrometheusError",
        "RecordError",
        "SurgelineError",
        "TargetError",
    ),
    "harness.model.policy": ("Policy",),
    "harness.model.range": ("OperatingRange",),
    "harness.model.rehearsal": ("Rehearsal",),
    "harness.model.rollout": ("RolloutPlan",),
    "harness.model.run": ("Run",),
    "harness.model.scenario": ("Scenario",),
    "harness.model.slo": ("Slo",),
    "harness.model.verdict": ("Comparison", "Measurement", "Verdict"),
    "harness.observe.service_exporter": ("export",),
    "harness.record.reader": ("Record",),
    "harness.session.trace.instrument": ("instrument",),
    "mock_upstream.profile": ("Profile",),
    "surgeline.experiments": ("compare", "run"),
    "surgeline.production": ("session",),
    "surgeline.rollouts": ("canary", "shadow", "shadow_counts"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Attempt",
    "Call",
    "Comparison",
    "ConfigError",
    "DamagedError",
    "MachineError",
    "Measurement",
    "NewerSchemaError",
    "NotFoundError",
    "OperatingRange",
    "Outcome",
    "Policy",
    "Profile",
    "PrometheusError",
    "Record",
    "RecordError",
    "Rehearsal",
    "RolloutPlan",
    "Run",
    "RunInterrupted",
    "Scenario",
    "Slo",
    "SurgelineError",
    "TargetError",
    "Verdict",
    "canary",
    "compare",
    "export",
    "instrument",
    "run",
    "session",
    "shadow",
    "shadow_counts",
]


NEEDS_LAB = 'needs packages that are not installed; install them: pip install "surgeline[lab]"'
_ROOTS = ("surgeline", "dashboard", "harness", "mock_upstream", "scenarios")


def is_of_lab(missing: ModuleNotFoundError) -> bool:
    """Whether a package is missing that only the extra `lab` installs, and no module of surgeline's own."""
    return (missing.name or "").partition(".")[0] not in _ROOTS


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'surgeline' has no attribute {name!r}")
    try:
        found: object = getattr(import_module(_HOME_OF[name]), name)
    except ModuleNotFoundError as missing:
        if not is_of_lab(missing):
            raise
        raise ImportError(f"surgeline.{name} {NEEDS_LAB}") from missing
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
