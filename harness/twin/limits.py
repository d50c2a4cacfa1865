"""What the twin does not model: of a scenario and a policy, the parts for which it gives no prediction."""

from __future__ import annotations

from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.profile import Fault, Profile

MODELLED_FAULTS = (
    "latency",
    "slowdown",
    "status",
    "pause",
    "reset",
    "empty",
    "silent_close",
    "hang",
    "quota",
)
LEFT_OUT = (
    "the client's and the upstream's CPU: a call costs the same time at any load",
    "the size of bodies, redirects, cookies and the network",
)

MARK = (
    "predicted, not measured: no run was made, and this is no verdict; the band has the chance of a run, and not the "
    "errors of the simulation"
)
"""What is said of every prediction, wherever it is shown."""


def check_modelled(policy: Policy, scenario: Scenario, upstream: Profile) -> None:
    """Raises ConfigError that names the first part that the twin does not model."""
    for place, key, what in (*_of_policy(policy), *_of_scenario(scenario), *_of_upstream(upstream, scenario)):
        problem = (
            f"{what}; the twin does not model this, so there is no prediction, and a run in the lab is needed"
        )
        raise ConfigError(place, key, problem)


def _of_policy(policy: Policy) -> list[tuple[str, str, str]]:
    hedging = policy.hedge
    found = {
        "as_is": ("leaves the Sessions to a service of your own", policy.as_is),
        "factory": ("builds a Session of your own", policy.factory is not None),
        "transport": (f'is "{policy.transport}"', policy.transport != "requests"),
        "hedge": (
            "hedges calls that do not share their connections",
            hedging is not None and policy.session.scope != "process",
        ),
        "hedge.idempotency_key": (
            "hedges by a request's header",
            hedging is not None and hedging.idempotency_key is not None,
        ),
        "session.proxies": ("sends calls through a proxy", bool(policy.session.proxies)),
        "session.stream": ("reads bodies as streams", policy.session.stream),
    }
    return [(policy.name, key, what) for key, (what, applies) in found.items() if applies]


def _of_scenario(scenario: Scenario) -> list[tuple[str, str, str]]:
    service = scenario.service
    found = {
        "arrivals": ("are closed-loop users", scenario.closed is not None),
        "service.command": ("starts a service of your own", bool(service.command)),
        "service.processes": (f"is {service.processes}", service.processes > 1),
        "timeline": ("pulls levers", bool(scenario.levers)),
    }
    return [(scenario.name, key, what) for key, (what, applies) in found.items() if applies]


def _of_upstream(upstream: Profile, scenario: Scenario) -> list[tuple[str, str, str]]:
    region = upstream.regions()[0]
    found = {
        "region": ("has more than one region", len(upstream.regions()) > 1),
        "region.bandwidth_bytes_per_s": ("limits bandwidth", region.bandwidth_bytes_per_s is not None),
        "region.loss": ("loses packets", region.loss > 0),
        "tls": ("is encrypted", upstream.tls is not None),
    }
    rows = [(upstream.name, key, what) for key, (what, applies) in found.items() if applies]
    timed = (*upstream.timeline, *scenario.faults)
    faults = (*upstream.fault, *region.fault, *(entry.fault for entry in timed))
    rows += [
        (scenario.name, "fault", f'has the kind "{fault.kind}"') for fault in faults if not _modelled(fault)
    ]
    return rows


def _modelled(fault: Fault) -> bool:
    return fault.kind in MODELLED_FAULTS and not (fault.header or (fault.kind == "pause" and fault.on_s))
