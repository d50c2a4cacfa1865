"""`surgeline check`: what the files mean, before any load."""

from __future__ import annotations

from harness import files, lab, terminal
from harness.commands.options import PolicyNames, ScenarioName, Settings
from harness.commands.plans import planned
from harness.model.advice import warnings
from harness.model.policy import Policy


def check(scenario: ScenarioName, policy: PolicyNames = ["careful"], settings: Settings = []) -> None:
    """Reads the files and says what they mean, without any load."""
    overrides = files.overrides(settings)
    written = files.scenario(scenario, overrides)
    for name in policy:
        plan = planned(name, written, overrides)
        real = lab.check(plan)
        terminal.out.print(f"✓ {plan.policy.name}: {_attempts(plan.policy)}", style="green")
        for warning in warnings(real, written.scenario.service.threads):
            terminal.out.print(f"  ! {warning}", style="yellow", markup=False)
    duration = f"{written.scenario.duration_s:.0f} s"
    terminal.out.print(
        f"✓ {written.scenario.name}: {duration} against {written.upstream.name}", style="green"
    )


def _attempts(policy: Policy) -> str:
    if policy.factory is not None:
        return f"{policy.factory} gives a Session"
    return f"at most {policy.attempts_at_most} attempts a call"
