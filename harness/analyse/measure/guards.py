"""When the policy's guards were at work: from the samples of the record's `guards` table to periods of time.

A guard is known at the moments of its samples only. A sample counts until the next one of the same process and host,
for one second at most. With several processes, a host's state is the strictest among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.analyse.stats.effective_size import Floats, Ints

LEVELS = {"closed": 0, "half-open": 1, "open": 2}
COUNTS_AT_MOST_S, LAST_COUNTS_S = 1.0, 0.2


@dataclass(frozen=True, slots=True)
class GuardActivity:
    """How long one guard was at work: `total_s` seconds in `periods`, seen in `n` samples of `processes`.

    `host` is "" for a guard of the whole process.
    """

    host: str
    total_s: float
    periods: int
    n: int
    processes: int


def breaker_periods(samples: pd.DataFrame) -> pd.DataFrame:
    """Columns `host`, `state` (closed, half-open, open), `start_s` and `end_s`: what each host's breaker was when."""
    found = _periods(samples, samples["breaker"].map(LEVELS))
    states = dict(zip(LEVELS.values(), LEVELS, strict=True))
    return found.assign(state=found["level"].map(states))[["host", "state", "start_s", "end_s"]]


def exhausted_periods(samples: pd.DataFrame) -> pd.DataFrame:
    """Columns `host` (""), `start_s` and `end_s`: when the retry budget of some process refused retries."""
    return _at_work(samples, "budget_left_ratio", samples["budget_left_ratio"] <= 0.0)


def refusing_periods(samples: pd.DataFrame) -> pd.DataFrame:
    """Columns `host`, `start_s` and `end_s`: when the adaptive throttle towards a host refused attempts."""
    return _at_work(samples, "refusal_ratio", samples["refusal_ratio"] > 0.0)


def used_up_periods(samples: pd.DataFrame) -> pd.DataFrame:
    """Columns `host`, `start_s` and `end_s`: when as many attempts to a host were under way as its limiter allows."""
    used_up = samples["limiter_in_flight"] >= np.floor(samples["limiter_limit"])
    return _at_work(samples, "limiter_limit", used_up)


def readings(samples: pd.DataFrame, column: str) -> pd.DataFrame:
    """How many samples of each host and process have a value in `column`: host, process, n."""
    known = samples[samples[column].notna()]
    return known.groupby(["host", "process"], observed=True).size().rename("n").reset_index()


def activity(known: pd.DataFrame, periods: pd.DataFrame) -> list[GuardActivity]:
    """For each host with readings, which are `known`, how long its periods are together; longest first."""
    lengths_s = (periods["end_s"] - periods["start_s"]).groupby(periods["host"])
    total_s, count = lengths_s.sum().to_dict(), lengths_s.size().to_dict()
    found = [
        GuardActivity(
            host=str(host),
            total_s=float(total_s.get(host, 0.0)),
            periods=int(count.get(host, 0)),
            n=int(of_host["n"].sum()),
            processes=int(of_host["process"].nunique()),
        )
        for host, of_host in known.groupby("host")
    ]
    return sorted(found, key=lambda one: (-one.total_s, one.host))


def _at_work(samples: pd.DataFrame, column: str, at_work: pd.Series[bool]) -> pd.DataFrame:
    found = _periods(samples, at_work.astype(float).where(samples[column].notna()))
    return found.loc[found["level"] > 0, ["host", "start_s", "end_s"]].reset_index(drop=True)


def _periods(samples: pd.DataFrame, levels: pd.Series[float]) -> pd.DataFrame:
    """Columns `host`, `level`, `start_s`, `end_s`: the highest level at each time, in periods of one level.

    A sample without a level says that there is no such guard then.
    """
    known = samples[["host", "process", "at_s"]].assign(level=levels).dropna(subset=["level"])
    known = known.sort_values(["host", "process", "at_s"], kind="stable")
    after = known.shift(-1)
    same = (known["host"] == after["host"]) & (known["process"] == after["process"])
    next_s = after["at_s"].where(same, known["at_s"] + LAST_COUNTS_S)
    known = known.assign(until_s=np.minimum(next_s, known["at_s"] + COUNTS_AT_MOST_S))
    frames = [_of_host(str(host), of_host) for host, of_host in known.groupby("host")]
    empty = pd.DataFrame(
        {"host": pd.Series(dtype=str), "level": pd.Series(dtype="int64"), "start_s": [], "end_s": []}
    )
    return pd.concat(frames, ignore_index=True) if frames else empty


def _of_host(host: str, known: pd.DataFrame) -> pd.DataFrame:
    at_s, until_s = known["at_s"].to_numpy(float), known["until_s"].to_numpy(float)
    edges = np.unique(np.concatenate([at_s, until_s]))
    highest = _highest(edges, at_s, until_s, known["level"].to_numpy(float).astype(np.int64))
    begins = np.flatnonzero(np.diff(highest, prepend=-2))
    ends = np.append(begins[1:], len(highest))
    kept = highest[begins] >= 0
    return pd.DataFrame(
        {
            "host": host,
            "level": highest[begins][kept],
            "start_s": edges[begins][kept],
            "end_s": edges[ends][kept],
        }
    )


def _highest(edges: Floats, at_s: Floats, until_s: Floats, levels: Ints) -> Ints:
    """The highest level between each edge and the next, over samples that count from `at_s` until `until_s`."""
    highest: Ints = np.full(len(edges) - 1, -1, dtype=np.int64)
    for level in range(int(levels.max()) + 1):
        chosen = levels == level
        change = np.bincount(np.searchsorted(edges, at_s[chosen]), minlength=len(edges)) - np.bincount(
            np.searchsorted(edges, until_s[chosen]), minlength=len(edges)
        )
        highest[np.cumsum(change)[:-1] > 0] = level
    return highest
