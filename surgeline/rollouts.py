"""Two policies at once: a share of the calls for a new one, or repeated by it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import requests

from harness.inputs.policies import read_policy
from harness.inputs.rollouts import read_rollout_plan
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from harness.session.rollout.canary import Canary, Key
from harness.session.rollout.shadow import Shadow
from harness.session.rollout.shadow_counts import ShadowCounts
from mock_upstream.config.toml import build


def canary(
    old: Policy | str | Path, new: Policy | str | Path, *,
    share: float | None = None, plan: RolloutPlan | str | Path | None = None, key: Key | None = None,
    audit: str | Path | None = None, shared: str | Path | None = None,
) -> requests.Session:  # fmt: skip
    """A Session that sends a share of its calls by a new policy, and takes it back or goes on by what they show.

    `plan` is the file of a rollout's plan, or a RolloutPlan; `share` alone is a plan of one step. `key` returns the
    tenant of a request, whose calls then all go the same way. The canary has connections and guards of its own.
    `shared` is a folder on a local disk: all processes that have it count and decide together, and a process that
    starts later goes on from there; without it, each process decides by its own calls. Each step and the decision are
    a line in the log `surgeline`, and a line of JSON in the file `audit`. Raises ConfigError when a file, a folder, a
    secret or a factory cannot be used, or when the policies prepare requests differently.
    """
    chosen = _plan(share, plan)
    log, folder = (Path(given) if given is not None else None for given in (audit, shared))
    return Canary(_policy(old), _policy(new), chosen, key, log, folder).make_session()


def shadow(
    old: Policy | str | Path, new: Policy | str | Path, share: float, *,
    headers: Collection[str] = (), ignored: Collection[str] = (),
) -> requests.Session:  # fmt: skip
    """The Session of the old policy, of whose safe calls a share is sent once more by a new one.

    The repeated responses are compared with the first ones, and thrown away: status, these `headers`, and the body, of
    which the `ignored` fields may differ (`items.*.id`). The caller waits for none of it, and fails by none of it.
    `shadow_counts(session)` is what was compared. Raises ConfigError.
    """
    if not 0 < share <= 1:
        raise ConfigError("shadow", "share", f"is {share:g}; it must be above 0 and at most 1")
    return Shadow(_policy(old), _policy(new), share, headers, ignored).make_session()


def shadow_counts(session: requests.Session) -> ShadowCounts:
    """What the shadow of a Session has compared so far. Raises ConfigError for a Session without one."""
    found: Shadow | None = session.__dict__.get("_surgeline_shadow")
    if found is None:
        raise ConfigError("session", "shadow", "was not made by surgeline.shadow")
    return found.counts


def _plan(share: float | None, plan: RolloutPlan | str | Path | None) -> RolloutPlan:
    if (share is None) == (plan is None):
        raise ConfigError("canary", "share", "or plan must be given, and not both")
    if isinstance(plan, RolloutPlan):
        return plan
    if plan is not None:
        return read_rollout_plan(str(plan))
    return build(RolloutPlan, {"name": "share", "steps": [{"share": share}]}, "canary")


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else read_policy(str(given))
