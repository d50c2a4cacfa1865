"""One run to be made: the policy, the scenario, the upstream, and where the load goes."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.lab.rollout_check import check_rollout
from harness.model.allowed_targets import AllowedTargets
from harness.model.errors import ConfigError, TargetError
from harness.model.policy import Policy
from harness.model.rehearsed_rollout import RehearsedRollout
from harness.model.scenario import Scenario
from harness.session.target_url import target_host
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
    worker_token: str = field(default="", repr=False)
    """What the workers that connect must have in common with the run."""
    rollout: RehearsedRollout | None = None
    """Two policies that send the calls; `policy` is then called by the name of both."""

    def check(self) -> None:
        """Raises TargetError for a target that is not loopback and not named, or faults that cannot be added to it.

        Raises ConfigError for a rollout that could not be decided, and for a policy or an option that does not fit the
        scenario's service.
        """
        if self.rollout is not None:
            check_rollout(self.rollout, self.scenario)
        self._check_service()
        if not self.target:
            return
        host = target_host(self.target)
        if not AllowedTargets.of(self.allowed_targets).by_name(host):
            raise TargetError(
                "--target",
                self.target,
                f"is not loopback; if you are allowed to send load to it, add --allow-target {host}",
            )
        if self.scenario.faults:
            raise TargetError(
                "--target",
                self.target,
                "cannot have the faults of the scenario's timeline; remove [[timeline]]",
            )

    def _check_service(self) -> None:
        service, place = self.scenario.service, self.scenario.name
        if not service.command:
            if self.policy.as_is:
                problem = "is true, and the scenario has no service of your own; add service.command to the scenario"
                raise ConfigError(self.policy.name, "as_is", problem)
            return
        if self.target:
            raise ConfigError(place, "service.command", "cannot be used with --target; remove one of them")
        if self.expect_workers:
            problem = "cannot be used with --expect-workers: the service runs on this machine"
            raise ConfigError(place, "service.command", problem)
        if self.scenario.closed is not None:
            raise ConfigError(
                place, "arrivals", "is closed, and a service is driven open loop; give it a rate"
            )
        if self.policy.transport != "requests":
            problem = f'is "{self.policy.transport}", and only Sessions of a service can have a policy'
            raise ConfigError(self.policy.name, "transport", problem)
