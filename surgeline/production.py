"""The policy that was tested, as a Session for a service."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import requests

from harness.inputs.policies import read_policy
from harness.inputs.shipped_files import find_file
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.session.routing.live_policy import LivePolicy
from harness.session.routing.policy_file import PolicyVersion, digest_of

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


def _version(path: Path) -> PolicyVersion:
    """The policy with the digest of its file; read again if the file was written meanwhile."""
    digest = ""
    try:
        while (now := digest_of(path)) != digest:
            digest, policy = now, read_policy(str(path))
    except OSError as error:
        raise ConfigError(str(path), "", f"cannot be read: {error.strerror}; check the path") from None
    return PolicyVersion(policy, digest)
