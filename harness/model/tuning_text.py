"""A search for a better policy in words."""

from __future__ import annotations

from harness.model.tuning import OBJECTIVES, Knob, LabCheck, Settings, Tuning

TITLES = {o.name: o.title for o in OBJECTIVES}


def settings_text(settings: Settings) -> str:
    """Changed settings: `retry.total = 1, timeout.read_s = 0.31`."""
    return ", ".join(f"{key} = {value:g}" for key, value in settings.items()) or "none"


def refused_text(knob: Knob, scenario: str) -> str:
    """Why a knob was refused."""
    return (
        f"refused: {knob.key} from {knob.low:g} to {knob.high:g} changes no objective measurably, "
        f"so {scenario} cannot tell its values apart"
    )


def outcome_text(found: Tuning) -> str:
    """What the search came to, as one sentence. A policy is only called confirmed when the lab agrees."""
    own = found.spec.policy.name
    if found.state != "complete":
        return "The search is unfinished."
    if not found.chosen:
        return f"The twin predicts no policy that differs from {own} and is better."
    if not found.spec.confirm:
        return f"Predicted only: policy {found.chosen[0]} is the most balanced one; no run has confirmed it."
    winner = None if found.winner is None else found.check(found.winner)
    if winner is not None:
        return (
            f"{winner.policy} is confirmed: run {winner.run} passed, and does not contradict the prediction."
        )
    reasons = "; ".join(f"{check.policy} {_why(check)}" for check in found.checks if check.number)
    return f"No policy is confirmed: {reasons}."


def _why(check: LabCheck) -> str:
    if check.verdict.kind != "pass":
        return {"fail": "failed", "inconclusive": "was inconclusive"}[check.verdict.kind]
    if check.against:
        return f"was not as predicted in {', '.join(TITLES[name] for name in check.against)}"
    return "passed, and is not better"
