"""A candidate as a policy and as a file: the policy that one has with what was changed, each line with its evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.advise.toml_lines import scalar, toml_text
from harness.inputs.varied_policies import value_of, with_settings
from harness.model.advised import AdvisedSetting
from harness.model.formatting import format_interval, format_measured, format_value
from harness.model.policy import Policy
from harness.model.tuning import OBJECTIVES, Candidate, LabCheck, Tuning

UNCONFIRMED = "Predicted, unconfirmed: no run has confirmed it."
NAME_LENGTH = 45
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def tuned_policy(policy: Policy, candidate: Candidate) -> Policy:
    """The policy of a candidate, under a name of its own."""
    if candidate.number == 0:
        return policy
    return with_settings(policy, candidate.settings, f"{policy.name[:NAME_LENGTH]}-tuned-{candidate.number}")


def tuned_text(found: Tuning, candidate: Candidate) -> str:
    """The text of a candidate's policy file, with the evidence for it as comments."""
    table = tuned_policy(found.spec.policy, candidate).model_dump(exclude_unset=True)
    labels = {key: _inline(value) for key, value in table.items() if _is_label(key, value)}
    labels["description"] = f"{found.spec.policy.name}, tuned for {found.spec.scenario.name}"
    rest = {key: value for key, value in table.items() if key not in labels}
    before = {
        key for key, _ in _flat(found.spec.policy.model_dump(exclude_unset=True), set(candidate.settings))
    }
    settings = [
        AdvisedSetting("policy", key, value, *_reason(found, candidate, key, is_new=key not in before))
        for key, value in _flat(rest, set(candidate.settings))
    ]
    return toml_text(labels, settings, list(evidence_notes(found, candidate)))


def _reason(found: Tuning, candidate: Candidate, key: str, *, is_new: bool) -> tuple[str, str]:
    """Why a line is there, and from where."""
    knob = next((each for each in found.spec.knobs if each.key == key and key in candidate.settings), None)
    if knob is not None:
        own = value_of(found.spec.policy, key)
        before = "not set before" if own is None else f"was {scalar(own)}"
        return f"{before}; tried from {knob.low:g} to {knob.high:g}", f"search {found.id}"
    if is_new:
        return "belongs to the setting that was tuned", f"search {found.id}"
    return "as it was", found.spec.policy.name


def evidence_notes(found: Tuning, candidate: Candidate) -> Iterator[str]:
    """What is known of a candidate, in sentences: where it comes from, the run, and each objective."""
    spec, check, own = found.spec, found.check(candidate.number), found.check(0)
    tried = f"{len(found.candidates)} policies, each simulated with {spec.seeds} seeds"
    yield f"Tuned from {spec.policy.name} under {spec.scenario.name}: search {found.id}, {tried}."
    if check is None:
        yield UNCONFIRMED
    else:
        agrees = "confirmed by" if check.confirmed else "not confirmed by"
        yield f"It was {agrees} run {check.run} with seed {check.seed}: {check.verdict.kind.upper()}."
    for o in OBJECTIVES:
        yield f"{o.title}: {_evidence(o.name, candidate, check)}{_own(o.name, spec.policy.name, found, own)}."


def _evidence(name: str, candidate: Candidate, check: LabCheck | None) -> str:
    predicted = candidate.predicted[name]
    text = f"predicted {format_value(predicted.number, predicted.unit)} ({_seeds(predicted.n)})"
    if check is not None and name in check.measured:
        m = check.measured[name]
        text += f", measured {format_measured(m)} ({format_interval(m)}, n = {m.n:,})"
    return text


def _own(name: str, policy: str, found: Tuning, own: LabCheck | None) -> str:
    if own is not None and name in own.measured:
        m = own.measured[name]
        return f"; {policy} {format_measured(m)} ({format_interval(m)}, n = {m.n:,})"
    predicted = found.candidates[0].predicted[name]
    return f"; {policy} predicted {format_value(predicted.number, predicted.unit)}"


def _seeds(n: int) -> str:
    return f"the median of {n} seeds"


def _is_label(key: str, value: object) -> bool:
    return key != "flag" and (not isinstance(value, Mapping) or key == "owner")


def _flat(table: Mapping[str, Any], tuned: set[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The settings by dotted key; a table within a table is one value, unless a setting in it is tuned."""
    for name, value in table.items():
        key = prefix + name
        if isinstance(value, Mapping) and (not prefix or any(each.startswith(f"{key}.") for each in tuned)):
            yield from _flat(value, tuned, f"{key}.")
        elif name == "flag" and isinstance(value, Sequence):
            for number, flag in enumerate(value):
                yield from _flat(flag, tuned, f"{key}.{number}.")
        elif value is not None:
            yield key, _inline(value)


def _inline(value: Any) -> Any:
    """A value whose inner tables have keys as TOML needs them."""
    if isinstance(value, Mapping):
        return {
            key if _BARE.fullmatch(key) else json.dumps(key): _inline(each)
            for key, each in value.items()
            if each is not None
        }
    return value
