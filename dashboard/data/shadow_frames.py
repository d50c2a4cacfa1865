"""A run's shadow over time, reduced to what a screen can show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.data.frame_json import Frame
from dashboard.data.run_window import ShownWindow
from harness.assess.rollouts import shadow_result
from harness.model.shadow_result import FIELDS_SHOWN, ShadowResult
from harness.record.reader import Record

SPEAKS_FOR = {"difference": "that they differ", "no_difference": "that they do not"}
BIN_S, LEAST_SHOWN = 5.0, -1.0
"""Evidence against a statement has no lower end."""
COLUMNS = ["at_s", "series", "value"]


@dataclass(frozen=True, slots=True)
class ShadowFrames:
    """What a shadow has compared, as frames of at_s, series and value.

    `evidence` is that after each second, over what is needed, so that at 1 it is shown. `different` is the share of
    repetitions by each policy that differed in five seconds. The `result` is about the whole run.
    """

    result: ShadowResult
    evidence: Frame
    different: Frame


def shadow_frames(record: Record, window: ShownWindow | None = None) -> ShadowFrames | None:
    """Reads a shadow once and reduces it, or some seconds of it. None for a run without one."""
    result, repeated = shadow_result(record), record.table("shadow")
    if result is None:
        return None
    if window is not None:
        repeated = repeated[repeated["at_s"].between(window.from_s, window.until_s, inclusive="left")]
    repeated = repeated[repeated["repeated_by"] != ""]
    return ShadowFrames(result, _evidence(repeated), _different(repeated, policy_names(result)))


def policy_names(result: ShadowResult) -> dict[str, str]:
    """What the repetitions of each policy are called."""
    return {"new": f"{result.new.policy} (new)", "old": f"{result.old.policy} (old, once more)"}


def _evidence(repeated: pd.DataFrame) -> pd.DataFrame:
    second = (repeated["at_s"] // 1.0 + 1.0).rename("second")
    last = (
        repeated[list(SPEAKS_FOR)].clip(lower=LEAST_SHOWN).groupby(second).last().rename(columns=SPEAKS_FOR)
    )
    long = last.rename_axis("at_s").reset_index().melt("at_s", list(SPEAKS_FOR.values()), "series", "value")
    return long[COLUMNS]


def _different(repeated: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    at_s = (repeated["at_s"] // BIN_S * BIN_S).rename("at_s")
    found = []
    for by, name in names.items():
        of = repeated["repeated_by"] == by
        share = (repeated.loc[of, "different"] != "").groupby(at_s[of]).mean().rename("value").reset_index()
        end = share.tail(1).assign(at_s=share["at_s"] + BIN_S)  # The last step of a line has a length, too.
        found.append(pd.concat([share, end]).assign(series=name))
    return pd.concat(found, ignore_index=True)[COLUMNS]


def field_table(result: ShadowResult) -> pd.DataFrame:
    """The names that differed most often by the new policy, and the repetitions by each policy, as texts."""
    columns = ("What differed", f"By {result.new.policy}", f"By {result.old.policy}")
    return pd.DataFrame(
        [(field.name, f"{field.new:,}", f"{field.old:,}") for field in result.fields[:FIELDS_SHOWN]],
        columns=columns,
    )
