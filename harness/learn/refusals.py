"""What makes a source unusable, each as one line with what it spoils: nothing is estimated from such data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from harness.learn.exchange_store import FITS, ExchangeStore
from harness.learn.log_format import ADVICE
from harness.learn.sources import Kind, has_attempts
from harness.model.errors import ConfigError

FEWEST, FEWEST_CALLS, SHORTEST_S = 1000, 100, 20.0
LATE_S, FEW_LATE = 1.0, 3
LONGEST_GAP_S, GAP_ARRIVALS = 5.0, 30.0
WHOLE_SHARE, SKIPPED_SHARE = 0.99, 0.01


@dataclass(frozen=True, slots=True)
class _Step:
    """Where a log first goes back, how far at most, how often, and how many lines are older than one before."""

    place: str
    back_s: float
    count: int
    late: int


def check_source(store: ExchangeStore, kind: Kind, place: str, *, allow_gaps: bool = False) -> None:
    """Raises ConfigError for data from which nothing may be estimated, with the first reason."""
    n, first_s, last_s, share, whole, negative = store.rows(
        "SELECT count(*), min(arrived_s), max(arrived_s), min(share), avg((stamp_s = floor(stamp_s))::INT),"
        " count_if(ended_s < arrived_s) FROM read"
    )[0]
    if store.skipped > max(1, SKIPPED_SHARE * (n + store.skipped)):
        where = store.value(f"SELECT place FROM raw WHERE NOT {FITS} ORDER BY line LIMIT 1")
        problem = (
            f"and {store.skipped - 1:,} further lines do not fit; give the server's format with --log-format"
        )
        raise ConfigError(str(where), "", problem)
    if n < FEWEST or last_s - first_s < SHORTEST_S:
        problem = (
            f"holds {n:,} requests of {(last_s or 0) - (first_s or 0):.1f} s; at least {FEWEST:,} of {SHORTEST_S:.0f} s"
            " are needed for rates and service times"
        )
        raise ConfigError(place, "", problem)
    if whole > WHOLE_SHARE:
        raise ConfigError(place, "", f"stamps whole seconds, which hide when requests overlap; {ADVICE}")
    if share < 1:
        problem = (
            f"holds {share:.0%} of the calls; workers and service times cannot be known from a share, so write it with"
            " journal_share=1"
        )
        raise ConfigError(place, "", problem)
    if negative:
        problem = f"has {negative:,} requests that end before they begin; the clock was set back meanwhile"
        raise ConfigError(place, "", problem)
    if has_attempts(kind):
        _check_calls(store, place)
    else:
        _check_order(store)
    if not allow_gaps:
        _check_gaps(store, place, (last_s - first_s) / n)


def _check_calls(store: ExchangeStore, place: str) -> None:
    """Arrivals are those of first attempts."""
    first = store.value("SELECT count_if(attempt = 0) FROM read")
    if first < FEWEST_CALLS:
        problem = (
            f"holds {first:,} first attempts (attempt 0); at least {FEWEST_CALLS} are needed for the rate"
        )
        raise ConfigError(place, "", problem)


def _check_order(store: ExchangeStore) -> None:
    """A log is written when requests end: its lines go back by more than a second only where something is wrong."""
    found = store.rows(
        "WITH seen AS (SELECT line, place, lag(ended_s) OVER (ORDER BY line) - ended_s AS back_s,"
        " max(ended_s) OVER (ORDER BY line ROWS UNBOUNDED PRECEDING) - ended_s AS late_s FROM read)"
        " SELECT arg_min(place, line) FILTER (back_s > ?), max(back_s), count_if(back_s > ?), count_if(late_s > ?)"
        " FROM seen",
        [LATE_S, LATE_S, LATE_S],
    )[0]
    step = _Step(*found)
    if not step.count:
        return
    if step.count <= FEW_LATE and step.late > 10 * step.count:
        problem = (
            f"goes back by {step.back_s:.1f} s and stays there: the clock was set, or the files are not in order;"
            " give the part before or after it"
        )
    else:
        problem = (
            f"and {step.count - 1:,} further lines are more than {LATE_S:.0f} s older than the line before, so the"
            " stamps may be wrong, and with them every arrival; sort the log if they can be relied on"
        )
    raise ConfigError(step.place, "", problem)


def _check_gaps(store: ExchangeStore, place: str, mean_s: float) -> None:
    longest_s, from_s = store.rows(
        "SELECT max(gap_s), arg_max(arrived_s - gap_s, gap_s) FROM (SELECT arrived_s, arrived_s - lag(arrived_s)"
        " OVER (ORDER BY number) AS gap_s FROM exchanges)"
    )[0]
    if longest_s <= max(LONGEST_GAP_S, GAP_ARRIVALS * mean_s):
        return
    problem = (
        f"has no request for {longest_s:.1f} s from {datetime.fromtimestamp(from_s, UTC):%Y-%m-%d %H:%M:%S} UTC, which"
        " spoils the rates: a part is missing, or the clock was set forward; give the part before or after it, or"
        " --allow-gaps where nobody called"
    )
    raise ConfigError(place, "", problem)
