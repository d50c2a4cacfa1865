"""Answers in, advice out: the rules in their order, and the policies that are nearest where none would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.advise.capacity_estimate import estimate
from harness.advise.obstacles import obstacles
from harness.advise.policy_rules import policy_settings
from harness.advise.scenario_rules import scenario_settings, upstream_settings
from harness.advise.toml_lines import settings_table
from harness.model.advised import Advice
from harness.model.answers import Answers
from harness.model.behaviour_digest import behaviour_digest
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.scenario import Scenario
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile

MOST_PER_S = 20_000
CHANGES = "docs/guides/production.md: the audit log has a line for each change"


def advise(answers: Answers, learned: Profile | None = None) -> Advice:
    """The advice for answers without contradictions; the same answers give the same advice.

    Raises ConfigError where the lab cannot make the load.
    """
    found = estimate(answers, learned)
    if (most_per_s := found.rate_per_s * found.burst) > MOST_PER_S:
        problem = (
            f"needs {most_per_s:,.0f} calls/s in the lab, with bursts and this share of the workers; at most "
            f"{MOST_PER_S:,} are advised on, lower it or correct the share"
        )
        raise ConfigError("answers", "peak_per_s", problem)
    of_policy = policy_settings(answers, found)
    of_upstream, of_scenario = (
        list(upstream_settings(answers, found)),
        list(scenario_settings(answers, found)),
    )
    named = labels(answers)
    policy = build(Policy, {**named, **settings_table(of_policy)}, "policy")
    scenario = build(Scenario, {**named, **settings_table(of_scenario)}, "scenario")
    upstream = build(Profile, {"name": answers.name, **settings_table(of_upstream)}, "upstream")
    because = tuple(obstacles(answers, found))
    return Advice(
        settings=(*of_policy, *of_upstream, *of_scenario),
        policy=policy,
        scenario=scenario,
        upstream=upstream,
        load=found.load,
        load_known=found.load_known,
        assumed=found.assumed,
        in_code=tuple(_in_code(answers)),
        none_because=because,
        nearest=_nearest(policy, answers) if because else (),
        digest=behaviour_digest(policy, scenario, upstream),
    )


def labels(answers: Answers) -> dict[str, object]:
    """The keys of a policy or a scenario that say what it is and who answers for it."""
    found: dict[str, object] = {"name": answers.name, "description": answers.description}
    if answers.owner is not None:
        found["owner"] = answers.owner.model_dump()
    if answers.review_by is not None:
        found["review_by"] = answers.review_by
    return found


def _in_code(answers: Answers) -> Iterator[tuple[str, str, str]]:
    if answers.compliance:
        line = f'surgeline.session("policy.toml", reload=True, audit="{answers.name}-audit.jsonl")'
        yield (
            line,
            "each change of the policy can be shown, with its time and the digests of both files",
            CHANGES,
        )
        yield (
            f'surgeline advise answers.toml --out "{answers.name}"',
            "the same answers give the same bytes, so that a reviewer can make the files again and compare",
            "the answers: compliance",
        )
    if answers.idempotency_key is not None:
        yield (
            f'session.post(url, headers={{"{answers.idempotency_key}": str(uuid4())}})',
            "a new key for each call, the same for its retries, so that none is executed twice",
            "the answers: idempotency_key",
        )


def _nearest(policy: Policy, answers: Answers) -> tuple[Policy, ...]:
    """Three policies: the advised one, one without the advised guards, and one that tries the other remedy."""
    table: dict[str, Any] = policy.model_dump(exclude_defaults=True)
    bare = {
        key: value for key, value in table.items() if key not in {"bulkhead", "breaker", "retry", "hedge"}
    }
    slots = 4 * policy.adapter.pool_maxsize
    wide = {**bare, "name": f"{policy.name}-wide", "adapter": {"pool_maxsize": slots}}
    repeated: dict[str, Any] = {"total": 2, "status_forcelist": (502, 503, 504), "raise_on_status": False}
    budget = {"kind": "ratio", "ratio": 0.2, "min_per_s": 0.0}
    if answers.idempotent:
        other = {"retry": {**repeated, "allowed_methods": (answers.method,), "budget": budget}}
    else:
        other = {"limiter": {"kind": "envoy", "most": policy.adapter.pool_maxsize}}
    return (
        policy,
        build(Policy, wide, "nearest"),
        build(Policy, {**bare, **other, "name": f"{policy.name}-other"}, "nearest"),
    )
