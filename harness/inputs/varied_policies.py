"""A policy with other values of some settings, as searches and maps vary them."""

from __future__ import annotations

from typing import Any

from harness.inputs.overrides import put
from harness.model.policy import Policy
from harness.model.tuning import Number, Settings
from mock_upstream.config.toml import build


def with_settings(policy: Policy, settings: Settings, name: str = "") -> Policy:
    """The policy with these settings, and another name. Raises ConfigError.

    A table that the policy lacks is added with its other keys at their defaults. Without retries and hedges there is no
    retry budget.
    """
    table = _with_values(policy.model_dump(exclude_unset=True, exclude_none=True), settings)
    return build(Policy, {**table, **({"name": name} if name else {})}, "--vary")


def _with_values(table: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """A policy's table with these values, as in `with_settings`."""
    for key, value in settings.items():
        table = put(table, key.split("."), value, f"--vary {key}")
        budget = table.get("retry", {}).get("budget")
        if key.startswith("retry.budget.") and "kind" not in budget:
            table = put(table, ["retry", "budget", "kind"], "ratio", f"--vary {key}")
        if key.startswith("retry.backoff.") and "kind" not in table["retry"]["backoff"]:
            table = put(table, ["retry", "backoff", "kind"], "full", f"--vary {key}")
    retry = table.get("retry")
    if retry is not None and not retry.get("total", True) and "hedge" not in table:
        table = {**table, "retry": {key: value for key, value in retry.items() if key != "budget"}}
    return table


def value_of(policy: Policy, key: str) -> Number | None:
    """The policy's own value of a setting; None where it has none."""
    found: Any = policy
    for part in key.split("."):
        found = getattr(found, part, None)
    return None if isinstance(found, bool) or not isinstance(found, int | float) else found
