"""What was set, in words: a policy's settings by dotted name, an SLO's limits by threshold."""

from __future__ import annotations

from harness.model.ownership import LABELS
from harness.model.policy import Policy
from harness.model.slo import Slo


def flat_settings(policy: Policy) -> dict[str, str]:
    """Every setting of a policy by its dotted name, in the order of the file."""
    found: dict[str, str] = {}
    _gather("", policy.model_dump(mode="json", exclude=set(LABELS)), found)
    return found


def _gather(prefix: str, table: dict[str, object], found: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            _gather(f"{prefix}{key}.", value, found)
        else:
            found[prefix + key] = setting_text(value)


def setting_text(value: object) -> str:
    """A setting's value as people write it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(setting_text(v) for v in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} = {setting_text(v)}" for k, v in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def limits_of(slo: Slo, quantity: str) -> dict[str, float]:
    """The thresholds on one quantity: their words and their limits, in base units."""
    return {t.text: t.limit for t in slo.parsed if t.quantity == quantity}
