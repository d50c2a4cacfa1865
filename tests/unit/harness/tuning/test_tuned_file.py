"""The winner's file: it makes the policy that was run, and says why each line is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.inputs.policies import read_policy
from harness.model.policy import Policy
from harness.model.tuning import GOODPUT, Knob, LabCheck, Tuning
from harness.model.verdict import Measurement, Pass
from harness.tuning.confirmation import tuned_policy
from harness.tuning.trial import candidate_of
from harness.tuning.tuned_file import UNCONFIRMED, tuned_text
from mock_upstream.config.toml import load
from tests.unit.harness.tuning.arithmetic import READ, RETRIES, played, spec

BUDGET = Knob(key="retry.budget.ratio", low=0.01, high=1.0, log=True)

STARTED = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
CHANGED = {"timeout.read_s": 0.31, "retry.total": 1, "retry.budget.ratio": 0.2}


def tuning(policy, settings=CHANGED, checks=()):
    asked = spec(policy=policy, knobs=(READ, RETRIES, BUDGET))
    trials = played([{}, settings])
    candidates = tuple(candidate_of(n, trial, asked.scenario) for n, trial in enumerate(trials))
    return Tuning(
        id="20261128-080000-tune-x", state="complete", spec=asked, started_at=STARTED, candidates=candidates,
        chosen=(1,), checks=checks,
    )  # fmt: skip


RICH = Policy.model_validate(
    {
        "name": "orders",
        "owner": {"team": "orders", "contact": "orders@example.com"},
        "review_by": "2027-06-30",
        "flag": [{"key": "throttle", "until": "2027-01-31", "reason": "for now"}],
        "session": {
            "headers": {"User-Agent": "orders/1.0", "X Odd": 'a "b"'},
            "auth": {"kind": "bearer", "token": "env:ORDERS_TOKEN"},
        },
        "throttle": {"kind": "rate", "rate_per_s": 50.0},
        "retry": {"total": 3, "status_forcelist": [502, 503], "budget": {"kind": "ratio", "ratio": 0.1}},
    }
)


@pytest.mark.parametrize(
    "policy",
    [RICH, *(read_policy(name) for name in ("textbook", "careful", "storm-budget", "storm-no-retries"))],
)
def test_the_file_makes_the_policy_that_was_run(tmp_path, policy):
    found = tuning(policy)
    file = tmp_path / "tuned.toml"
    file.write_text(tuned_text(found, found.candidates[1]))
    wanted = tuned_policy(policy, found.candidates[1])
    description = f"{policy.name}, tuned for dependency-slowdown"
    assert load(Policy, file) == wanted.model_copy(update={"description": description})


def test_each_changed_line_says_what_it_was_and_what_was_tried():
    text = tuned_text(tuning(read_policy("textbook")), tuning(read_policy("textbook")).candidates[1])
    assert "# was 8.0; tried from 0.1 to 10 (search 20261128-080000-tune-x)\nread_s = 0.31" in text
    assert "# was 4; tried from 0 to 5 (search 20261128-080000-tune-x)\ntotal = 1" in text
    assert "# as it was (textbook)\nconnect_s = 2.0" in text
    assert "# not set before; tried from 0.01 to 1 (search 20261128-080000-tune-x)\nratio = 0.2" in text
    assert '# belongs to the setting that was tuned (search 20261128-080000-tune-x)\nkind = "ratio"' in text


def test_without_a_run_the_file_says_that_it_is_predicted_only():
    found = tuning(read_policy("textbook"))
    text = tuned_text(found, found.candidates[1])
    assert UNCONFIRMED in text
    assert "confirmed by" not in text
    assert "# Goodput in the incident: predicted 14" in text
    assert "textbook predicted 12" in text


def test_a_run_is_named_with_its_verdict_and_its_numbers():
    measured = {
        GOODPUT.name: Measurement(name=GOODPUT.name, value=149.0, unit="1/s", n=900, low=147.0, high=151.0)
    }
    checks = tuple(
        LabCheck(number=n, policy=f"p{n}", run=f"run-{n}", seed=12, verdict=Pass(), measured=measured)
        for n in (0, 1)
    )
    found = tuning(read_policy("textbook"), checks=checks)
    text = tuned_text(found, found.candidates[1])
    assert "# It was confirmed by run run-1 with seed 12: PASS." in text
    assert "measured 149/s (147/s – 151/s, n = 900); textbook 149/s" in text
