"""The differences between two policies, key by key."""

from __future__ import annotations

from typing import Any

from harness.model.ownership import LABELS
from harness.model.policy import Policy


def policy_diff(a: Policy, b: Policy) -> list[tuple[str, Any, Any]]:
    """Dotted keys whose values differ, with both values, in the order of the file.

    Labels, such as the name and the owner, are left out. Values of a table that one policy lacks are None.
    """
    of_a, of_b = _flat(a), _flat(b)
    keys = dict.fromkeys([*of_a, *of_b])
    found = ((key, of_a.get(key), of_b.get(key)) for key in keys)
    return [(key, left, right) for key, left, right in found if left != right]


def _flat(policy: Policy) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    _gather("", policy.model_dump(mode="json", exclude=set(LABELS)), flat)
    return flat


def _gather(prefix: str, table: dict[str, Any], into: dict[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _gather(f"{prefix}{key}.", value, into)
        else:
            into[prefix + key] = value
