"""The capacity of a policy in one sentence: the rate that it holds, against the expected peak, and its first limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from dashboard.data.markdown import plain
from dashboard.data.range_frames import cost, limit_text, range_sentence
from harness.analyse.range.headroom_text import amount_text, available_text
from harness.model.formatting import format_value
from harness.model.range import Headroom, OperatingRange

NEARLY_USED_UP = 0.9
Tone = Literal["good", "doubtful", "bad"]


def by_capacity(ranges: Sequence[OperatingRange]) -> list[OperatingRange]:
    """Ranges with the highest rate that is held with recovery first; those without a rate come last."""
    return sorted(ranges, key=lambda found: (found.stable_up_to is None, -_held_per_s(found)))


def capacity_sentence(found: OperatingRange) -> str:
    """`careful holds 310/s (boundary below 330/s), 1.55 × the expected peak; first limit: threads (62 of 64 used).`

    Without a claimed rate it is the search's own conclusion.
    """
    limit = found.stable_up_to
    if limit is None:
        return f"{found.spec.policy.name}: {found.answer}"
    recovered = recovers_up_to(found)
    upper = (
        "no boundary observed" if limit.high is None else f"boundary below {format_value(limit.high, '1/s')}"
    )
    said = [f"{found.spec.policy.name} holds {format_value(limit.value, '1/s')} ({upper})"]
    if recovered is not None:
        said[0] += f", but recovers after a trigger only up to {format_value(recovered, '1/s')}"
    peak = found.spec.scenario.expected_peak_per_s
    if peak:
        said[0] += f", {_held_per_s(found) / peak:.2f} × the expected peak of {format_value(peak, '1/s')}"
    return "; ".join([*said, *filter(None, [first_limit(found)])]) + "."


def recovers_up_to(found: OperatingRange) -> float | None:
    """The rate above which the policy does not recover after a trigger; 0 where it never did, None where it always did.

    None as well where no trigger was tested.
    """
    bands = {band.name: band for band in found.bands}
    if "vulnerable" not in bands:
        return None
    stable = bands.get("stable")
    return 0.0 if stable is None or stable.to_per_s is None else stable.to_per_s


def tone(found: OperatingRange) -> Tone:
    """`good` when the rate that is held with recovery covers the expected peak, or when no peak is expected."""
    if found.stable_up_to is None:
        return "doubtful" if found.kind == "unsettled" else "bad"
    if _held_per_s(found) < (found.spec.scenario.expected_peak_per_s or 0.0):
        return "bad"
    return "good" if recovers_up_to(found) is None else "doubtful"


def first_limit(found: OperatingRange) -> str:
    """What limits the rate: the resource that was used up, else the threshold that broke first; "" for neither.

    A resource of the machine that makes the load comes first: then the limit is not the policy's.
    """
    used_up = sorted(
        (item for item in found.headroom if _share(item) >= NEARLY_USED_UP),
        key=lambda item: (not item.resource.startswith("driver"), -_share(item)),
    )
    if used_up:
        item = used_up[0]
        return f"first limit: {item.resource} ({amount_text(item, item.used)} of {available_text(item)} used)"
    broken = [t for t in found.trials if t.breaks and not t.invalid and t.purpose != "trigger"]
    threshold = min(broken, key=lambda trial: trial.rate_per_s).threshold if broken else ""
    return f"first limit: {threshold}, with no resource used up" if threshold else ""


def capacity_markdown(ranges: Sequence[OperatingRange]) -> str:
    """The capacity of each policy for a pull request or a ticket: its sentence, its bands, what it rests on."""
    lines = ["### surgeline: capacity", ""]
    for found in by_capacity(ranges):
        lines.append(f"- **{plain(capacity_sentence(found))}** Scenario {plain(found.spec.scenario.name)}.")
        lines += [f"  - {plain(range_sentence(band))}" for band in found.bands]
        lines += [
            f"  - {plain(text)}" for text in (limit_text(found), cost(found), f"range `{found.id}`") if text
        ]
    return "\n".join(lines) + "\n"


def _held_per_s(found: OperatingRange) -> float:
    """The highest rate at which the SLO is met and, where that was tested, the policy recovers; 0 without one."""
    recovered = recovers_up_to(found)
    if recovered is not None:
        return recovered
    return found.stable_up_to.value if found.stable_up_to else 0.0


def _share(item: Headroom) -> float:
    return item.used / item.available if item.available else 0.0
