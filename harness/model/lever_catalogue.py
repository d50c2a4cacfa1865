"""What is known of every lever beside its settings."""

from __future__ import annotations

from typing import Any

Lever = dict[str, Any]

# The lever that reverts another one: in an incident a lever is pulled for a while, and then reverted.
RELEASES: dict[str, Lever] = {
    "retries": {"lever": "retries", "total": True},
    "budget": {"lever": "budget", "ratio": False},
    "throttle": {"lever": "throttle", "rate_per_s": False},
    "breaker": {"lever": "breaker", "state": "auto"},
    "timeouts": {"lever": "timeouts"},
    "cache": {"lever": "cache", "on": False},
    "fault": {"lever": "clear_faults"},
}
