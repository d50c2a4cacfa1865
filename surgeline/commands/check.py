"""`surgeline check`: the files are read and checked, without any load."""

from __future__ import annotations

import os

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import Written, read_scenario
from harness.lab.run import check_plan
from harness.lab.settings import runs_folder
from harness.model.policy import Policy
from harness.model.policy_warnings import policy_warnings
from harness.model.scenario import Scenario
from harness.observe.direct_http import catching_loopback
from surgeline.commands.options import PolicyNames, ScenarioName, Settings
from surgeline.commands.plans import plan_for
from surgeline.render.console import out

_BYPASSED = (
    "a proxy of the environment would carry calls to 127.0.0.1; a run bypasses it for loopback, and your"
    " service does not; set NO_PROXY=127.0.0.1,localhost, or trust_env = false"
)


def check(scenario: ScenarioName, policy: PolicyNames = ["careful"], settings: Settings = []) -> None:
    """Checks the files without any load, with warnings about the policy and the length that a run needs."""
    overrides = read_overrides(settings)
    written = read_scenario(scenario, overrides)
    for name in policy:
        plan = plan_for(name, written, overrides)
        real = check_plan(plan)
        out.print(f"✓ {plan.policy.name}: {_attempts(plan.policy)}", style="green")
        for warning in policy_warnings(real, written.scenario.service.threads):
            out.print(f"  ! {warning}", style="yellow")
        if real.session.trust_env and (caught := catching_loopback(os.environ)):
            out.print(f"  ! {', '.join(caught)}: {_BYPASSED}", style="yellow")
    duration, counted_s = f"{written.scenario.duration_s:.0f} s", _counted_s(written.scenario)
    rest = f", of which {counted_s:.0f} s count" if counted_s < written.scenario.duration_s else ""
    out.print(f"✓ {written.scenario.name}: {duration} against {written.upstream.name}{rest}", style="green")
    for name in policy:
        if len(policy) > 1:
            out.print(f"  {name}:")
        _print_lengths(written, read_policy(name, overrides).name, counted_s)


def _counted_s(scenario: Scenario) -> float:
    return max(0.0, scenario.duration_s - scenario.slo.warmup_s)


def _print_lengths(written: Written, policy: str, counted_s: float) -> None:
    from harness.assess.run_lengths import run_lengths
    from surgeline.render.run_length import length_lines

    found = run_lengths(written.scenario, policy, written.upstream, runs_folder())
    for line in length_lines(found, counted_s):
        out.print(line, soft_wrap=True)


def _attempts(policy: Policy) -> str:
    if policy.as_is:
        return "the Sessions are those of the service"
    if policy.factory is not None:
        return f"the Session comes from {policy.factory}"
    return f"at most {policy.attempts_at_most} attempts per call"
