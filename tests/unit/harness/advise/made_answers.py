"""Answers for tests: a read of an upstream of eight workers at a third of its capacity, changed as a test needs."""

from __future__ import annotations

from typing import Any

from harness.model.answers import Answers
from mock_upstream.config.toml import build

UPSTREAM = {"workers": 8, "median_s": 0.02, "p99_s": 0.05, "errors": 0.01}
READ: dict[str, Any] = {
    "name": "read", "failure_cost": "medium", "burstiness": "steady", "compliance": False, "method": "GET",
    "idempotent": True, "budget_s": 1.0, "share": 1.0, "peak_per_s": 120.0,
}  # fmt: skip


def answers(upstream: dict[str, Any] | None = None, **changed: Any) -> Answers:
    """The answers, with the keys of `upstream` and the others changed."""
    return build(Answers, {**READ, "upstream": {**UPSTREAM, **(upstream or {})}, **changed}, "answers")
