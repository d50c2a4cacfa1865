"""One run to be made: the policy, the scenario, the upstream, and where the load goes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.lab.settings import is_loopback
from harness.model.errors import TargetError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.profile import Profile


@dataclass(frozen=True, slots=True)
class Plan:
    """One run to be made. `target` is a URL that gets the load instead of the mock upstream."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    target: str = ""
    allowed_targets: tuple[str, ...] = ()
    expect_workers: int = 0
    """Workers that connect from other machines to `master_host`:`master_port`; 0 starts the service's own here.

    The upstream listens on `master_host` too, so that they reach it.
    """
    master_host: str = "127.0.0.1"
    master_port: int = 0

    def check(self) -> None:
        """Raises TargetError for a target that is not loopback and not named, or faults that cannot be added to it."""
        host = urlsplit(self.target).hostname or ""
        if self.target and not host:
            raise TargetError("--target", self.target, "is not a URL; write http://HOST:PORT")
        if self.target and not (is_loopback(host) or host in self.allowed_targets):
            raise TargetError(
                "--target",
                self.target,
                f"is not loopback; if you are allowed to send load to it, add --allow-target {host}",
            )
        if self.target and self.scenario.faults:
            raise TargetError(
                "--target",
                self.target,
                "cannot have the faults of the scenario's timeline; remove [[timeline]]",
            )
