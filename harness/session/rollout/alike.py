"""What two policies must have in common to send the calls of one Session."""

from __future__ import annotations

from collections.abc import Collection

from harness.model.errors import ConfigError
from harness.model.policy import Policy


def check_alike(old: Policy, new: Policy, what: str, but: Collection[str] = ()) -> None:
    """Raises ConfigError where settings of the Session differ, or one of the policies has another transport.

    `what` is what the policies are for ("a canary"); settings in `but` may differ.
    """
    settings = new.session.model_dump()
    for name, mine in old.session.model_dump().items():
        if name not in but and mine != settings[name]:
            problem = (
                f"differs from that of {old.name}; {what} compares how calls are sent, and both policies send "
                "what the same Session has prepared: change it in both, or by a reload"
            )
            raise ConfigError(new.name, f"session.{name}", problem)
    for policy in (old, new):
        if policy.transport != "requests":
            raise ConfigError(policy.name, "transport", f"is {policy.transport}; {what} needs requests")
