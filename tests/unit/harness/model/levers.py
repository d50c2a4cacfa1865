"""What a run was started with, and one example of every lever."""

from __future__ import annotations

from typing import Any

from harness.model.lever import Pull
from harness.model.lever_base import OwnSettings
from harness.model.lever_catalogue import AnyLever
from mock_upstream.config.toml import build
from mock_upstream.profile import Capacity

OWN = OwnSettings(
    rate_per_s=130.0, processes=4, threads=32, pool_maxsize=10, attempts_at_most=4, connect_s=1.0, read_s=2.0,
    capacity=Capacity(workers=8),
)  # fmt: skip

EXAMPLES: dict[str, dict[str, Any]] = {
    "retries": {"total": False},
    "throttle": {"rate_per_s": 100},
    "budget": {"ratio": 0.1},
    "breaker": {"state": "open"},
    "limiter": {"on": False},
    "hedge": {"on": False},
    "timeouts": {"read_s": 0.5},
    "cache": {"on": True, "ttl_s": 5.0},
    "pool": {"maxsize": 5},
    "threads": {"count": 64},
    "processes": {"count": 8},
    "feature": {"name": "recommendations", "on": False},
    "capacity": {"capacity": {"workers": 2, "discipline": "lifo"}},
    "fault": {
        "fault": {"kind": "latency", "add_s": 0.2, "route": "/orders/*", "header": {"x-tenant": "a b"}}
    },
    "clear_faults": {},
}


def lever(name: str, /, **settings: object) -> AnyLever:
    """The lever of this name with these settings."""
    return build(Pull, {"id": "1", "who": "ana", "lever": {"lever": name, **settings}}, "lever").lever
