"""An advice for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.advise.advised_files import POLICY, SCENARIO
from harness.advise.toml_lines import scalar
from harness.model.advice_map import AdviceMap
from harness.model.advised import Advice
from harness.model.answers import Answers
from surgeline.render.advice_map import map_json, show_advice_map
from surgeline.render.console import out
from surgeline.render.table import plain_table


def show_advice(
    answers: Answers, advice: Advice, proof: str, written: Sequence[str], seen: AdviceMap | None = None
) -> None:
    """Why none would do, if none would; the policy with its reasons; what was assumed; the twin's map; the proof."""
    if advice.none_because:
        out.print(f"No policy would do for {answers.name}:", style="red")
        for why in advice.none_because:
            out.print(f"  ✗ {why}", style="red", soft_wrap=True)
        out.print("The files have the nearest policy:")
    table = plain_table("policy", "reason", "source")
    for each in advice.settings:
        if each.file == "policy":
            table.add_row(f"{each.key} = {scalar(each.value)}", each.reason, each.source)
    out.print(table)
    for code, why, source in advice.in_code:
        out.print(f"In the service's code: {code}  ({why}; {source})", soft_wrap=True)
    for assumed in advice.assumed:
        out.print(f"  ? {assumed}", style="yellow", soft_wrap=True)
    if seen is not None:
        show_advice_map(seen)
    out.print(proof, soft_wrap=True)
    out.print("Written: " + ", ".join(written), soft_wrap=True)
    out.print(f"Next step: {next_step(written)}", soft_wrap=True)


def next_step(written: Sequence[str]) -> str:
    """The command whose run confirms or refutes the advice."""
    by_name = {Path(path).name: path for path in written}
    return f"surgeline run {by_name[SCENARIO]} --policy {by_name[POLICY]}"


def advice_json(
    answers: Answers, advice: Advice, proof: str, written: Sequence[str], seen: AdviceMap | None = None
) -> dict[str, Any]:
    """The advice for machines; `settings` has file, key, value, reason and source of each line.

    `twin` is what was predicted of it, and None without a prediction.
    """
    return {
        "name": answers.name,
        "digest": advice.digest,
        "proof": proof,
        "none_because": list(advice.none_because),
        "load": advice.load,
        "load_known": advice.load_known,
        "assumed": list(advice.assumed),
        "settings": [
            {
                "file": each.file, "key": each.key, "value": each.value, "reason": each.reason,
                "source": each.source,
            }
            for each in advice.settings
        ],
        "in_code": [dict(zip(("code", "reason", "source"), each, strict=True)) for each in advice.in_code],
        "twin": None if seen is None else map_json(seen),
        "written": list(written),
    }  # fmt: skip
