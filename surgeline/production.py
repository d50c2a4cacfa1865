"""The policy that was tested, as a Session for a service."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

import requests

from harness.inputs.policies import read_policy
from harness.inputs.shipped_files import find_file
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.rollout import RolloutPlan
from harness.session.rollout.canary import Canary, Key
from harness.session.rollout.shadow import Shadow, ShadowCounts
from harness.session.routing.live_policy import LivePolicy
from harness.session.routing.policy_file import PolicyVersion, digest_of
from mock_upstream.config.toml import build, load

EVERY_S = 1.0


def session(
    policy: Policy | str | Path, *, reload: bool | float = False, audit: str | Path | None = None
) -> requests.Session:
    """The Session that a policy describes, as the lab builds it: adapters, retries, budgets, breakers, timeouts.

    `policy` is a Policy, the path of a policy's file, or the name of a shipped one. A request that names no timeout
    gets the policy's. It may be used by several threads, and in processes that are forked after it was made.

    With `reload` a changed file takes effect between two calls; a number is how many seconds pass between two looks
    at it, at least 0.01 and by default 1. A file that cannot be used is refused, with a line in the log `surgeline`
    and in the metric `surgeline_policy_reloads_total`, and the old policy stays. Each change is a line of JSON in
    the file `audit`. Raises ConfigError when the file, a secret or the factory cannot be used.
    """
    if isinstance(policy, Policy):
        if reload is not False:
            raise ConfigError(policy.name, "reload", "needs the path of a policy's file, not a Policy")
        return LivePolicy(PolicyVersion(policy, "")).make_session()
    path = find_file("policy", str(policy))
    read = partial(_version, path)
    every_s = EVERY_S if reload is True else max(0.01, float(reload))
    log = Path(audit) if audit is not None else None
    return LivePolicy(read(), None if reload is False else read, path, every_s, log).make_session()


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
        return load(RolloutPlan, Path(plan))
    return build(RolloutPlan, {"name": "share", "steps": [{"share": share}]}, "canary")


def _policy(given: Policy | str | Path) -> Policy:
    return given if isinstance(given, Policy) else read_policy(str(given))


def _version(path: Path) -> PolicyVersion:
    """The policy with the digest of its file; read again if the file was written meanwhile."""
    digest = ""
    try:
        while (now := digest_of(path)) != digest:
            digest, policy = now, read_policy(str(path))
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}; check the path") from None
    return PolicyVersion(policy, digest)
