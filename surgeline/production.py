"""The policy that was tested, as a Session for a service."""

from __future__ import annotations

from pathlib import Path

import requests

from harness.inputs.policies import read_policy
from harness.model.policy import Policy
from harness.session.build.default_timeout import set_default_timeout
from harness.session.build.session import session_maker, timeout
from harness.session.resilience.controls import Controls


def session(policy: Policy | str | Path) -> requests.Session:
    """The Session that a policy describes, as the lab builds it: adapters, retries, budgets, breakers, timeouts.

    `policy` is a Policy, the path of a policy's file, or the name of a shipped one. A request that names no timeout
    gets the policy's. Raises ConfigError when the file, a secret or the factory cannot be used.
    """
    declared = policy if isinstance(policy, Policy) else read_policy(str(policy))
    made = Controls(declared).attach(session_maker(declared)())
    return set_default_timeout(made, timeout(declared))
