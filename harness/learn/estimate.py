"""From the rows of a source to the estimates: arrivals, routes, workers, the law of service times, the tail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analyse.learning.censored_tail import percentile
from harness.analyse.learning.rate_curve import rate_curve
from harness.analyse.learning.service_law import fitted_law
from harness.analyse.learning.shares import mean, quantile, share
from harness.analyse.learning.whole_milliseconds import resolution_s, spread_evenly
from harness.analyse.learning.workers import WorkersEstimate, estimated_workers
from harness.analyse.stats.effective_size import Floats
from harness.learn.exchange_store import ExchangeStore, exchange_store
from harness.learn.refusals import check_source
from harness.learn.second_source import SecondSource
from harness.learn.sources import Kind, has_attempts, read_files
from harness.learn.unknowns import unknowns
from harness.model.learned import Learned, LearnedArrivals, LearnedRoute
from harness.model.verdict import Measurement

MOST_FOR_WORKERS, MOST_FOR_TAIL, MOST_ARRIVALS = 30_000, 200_000, 1_000_000
LONGEST_S = 600.0
SERVED = "error IN ('', 'read_timeout') AND status NOT IN (429, 503)"
"""What a worker worked on: a response that was no refusal, or a request whose client left it."""
TIMES = "round(ended_s - arrived_s, 6) AS response_s, error = 'read_timeout' AS censored"
CLIENT_WORK_S = (0.0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001)
"""What the work of a client or a proxy may add to the round trip of a request."""
STATISTICS = ("p50", "p95", "p99")


def learn(
    files: Sequence[Path],
    format_text: str = "",
    *,
    beside: SecondSource | None = None,
    allow_gaps: bool = False,
    first_share: float = 1.0,
) -> Learned:
    """The estimates from files of one kind, the oldest first; from the first share of their requests only, if given.

    `beside` is a second source of the same server's requests, by which hidden traffic is known. Raises ConfigError
    for files that cannot be read, and for data from which nothing may be estimated.
    """
    with exchange_store() as store:
        kind = read_files(store, files, format_text)
        check_source(store, kind, ", ".join(str(path) for path in files), allow_gaps=allow_gaps)
        hidden = beside.hidden_from(store) if beside else None
        return _estimated(store, kind, [str(path) for path in files], first_share, hidden)


def held_back(files: Sequence[Path], format_text: str, first_share: float) -> tuple[Measurement, ...]:
    """Percentiles of the response times of the requests that follow the first share. Raises ConfigError."""
    with exchange_store() as store:
        read_files(store, files, format_text)
        rows = store.columns(
            f"SELECT {TIMES} FROM exchanges WHERE number >= ? * (SELECT count(*) FROM exchanges) ORDER BY number",
            [first_share],
        )
        return tuple(_response(rows))


def _estimated(
    store: ExchangeStore, kind: Kind, files: Sequence[str], first_share: float, hidden: Measurement | None
) -> Learned:
    count = int(store.value("SELECT count(*) FROM exchanges") * first_share)
    store.rows(f"CREATE VIEW used AS SELECT *, {TIMES} FROM exchanges WHERE number < {count}")
    first_s, last_s = store.rows("SELECT min(arrived_s), max(arrived_s) FROM used")[0]
    arrivals = _arrivals(store)
    busiest = _busiest(store, count)
    found = estimated_workers(busiest["at_s"], busiest["end_s"], _overheads_s(store))
    tick_s = resolution_s(busiest["end_s"] - busiest["at_s"])
    service_s = _all_positive(spread_evenly(found.services_s[~busiest["censored"]], tick_s))
    fit = fitted_law(service_s)
    tail = store.columns("SELECT response_s, censored FROM used ORDER BY number LIMIT ?", [MOST_FOR_TAIL])
    response = tuple(_response(tail))
    workers = None if found.why_unknown else _workers(found)
    return Learned(
        kind=kind, files=tuple(files), requests=count, skipped_lines=store.skipped, first_s=first_s, last_s=last_s,
        arrivals=arrivals, workers=workers, load=None if workers is None else _load(found),
        overhead_s=None if workers is None else found.overhead_s,
        service=tuple(quantile(f"service.{name}", service_s, name) for name in STATISTICS),
        law=fit.law, law_distance=fit.distance, response=response,
        timed_out=share("timed_out", tail["censored"]), attempts_per_call=_attempts(store, kind),
        routes=tuple(_routes(store)), hidden=hidden,
        unknown=tuple(unknowns(kind, found.why_unknown, response, hidden)),
    )  # fmt: skip


def _arrivals(store: ExchangeStore) -> LearnedArrivals:
    """Of the busiest ten minutes, when the source is longer."""
    begin_s, end_s = _window(store)
    at_s = store.columns(
        "SELECT arrived_s FROM used WHERE attempt = 0 AND arrived_s BETWEEN ? AND ? ORDER BY number LIMIT ?",
        [begin_s, end_s, MOST_ARRIVALS],
    )["arrived_s"]
    curve = rate_curve(at_s)
    return LearnedArrivals(
        mean=curve.mean, rates_per_s=curve.rates_per_s, step_s=curve.step_s, dispersion=round(curve.dispersion, 3),
        kind=curve.arrivals, first_s=float(at_s[0]),
        times_s=tuple((at_s - at_s[0]).round(6).tolist()) if curve.arrivals == "bursty" else (),
    )  # fmt: skip


def _window(store: ExchangeStore) -> tuple[float, float]:
    first_s, last_s = store.rows("SELECT min(arrived_s), max(arrived_s) FROM used")[0]
    if last_s - first_s <= LONGEST_S:
        return first_s, last_s
    part = store.value(
        "SELECT floor((arrived_s - ?) / ?) AS part FROM used WHERE attempt = 0 GROUP BY part"
        " ORDER BY count(*) DESC, part",
        [first_s, LONGEST_S],
    )
    return first_s + part * LONGEST_S, min(last_s, first_s + (part + 1) * LONGEST_S)


def _busiest(store: ExchangeStore, count: int) -> dict[str, NDArray[Any]]:
    """The stretch of at most 30,000 attempts with the highest rate, of which a worker worked on each."""
    stretches = max(1, -(-count // MOST_FOR_WORKERS))
    size = -(-count // stretches)
    part = store.value(
        "SELECT number // ? AS part FROM used GROUP BY part HAVING count(*) > ? / 2"
        " ORDER BY (max(arrived_s) - min(arrived_s)) / count(*), part",
        [size, size],
    )
    return store.columns(
        "SELECT at_s, at_s + response_s AS end_s, censored FROM"
        " (SELECT *, round(arrived_s - (SELECT min(arrived_s) FROM used), 6) AS at_s FROM used)"
        f" WHERE number // ? = ? AND {SERVED} ORDER BY number",
        [size, part],
    )


def _overheads_s(store: ExchangeStore) -> tuple[float, ...]:
    """What a client, or a proxy that writes a log, may have added to each request."""
    trip_s = store.value("SELECT median(connect_s) FROM read") or 0.0
    return tuple(trip_s + work_s for work_s in CLIENT_WORK_S)


def _all_positive(services_s: Floats) -> Floats:
    """The service times; one that the noise of clocks made 0 or less was short, and is as long as the shortest other.

    Without these the median of exponential times would be too large by 0.6%.
    """
    positive_s = services_s[services_s > 0]
    return np.maximum(services_s, positive_s.min()) if len(positive_s) else positive_s


def _workers(found: WorkersEstimate) -> Measurement:
    return Measurement(
        name="workers", value=found.count, unit="count", n=found.n, low=found.low, high=found.high
    )


def _load(found: WorkersEstimate) -> Measurement:
    """The load of the estimated workers; at the ends of their interval the same work is on more or fewer."""
    work, most = found.load * found.count, found.high or found.count
    ends = [min(1.0, work / count) for count in (most, found.low)]
    return Measurement(
        name="load", value=min(1.0, found.load), unit="ratio", n=found.n, low=ends[0], high=ends[1]
    )


def _response(rows: dict[str, NDArray[Any]]) -> Iterator[Measurement]:
    for statistic in STATISTICS:
        yield percentile(f"response.{statistic}", statistic, rows["response_s"], rows["censored"])


def _attempts(store: ExchangeStore, kind: Kind) -> Measurement | None:
    """Attempts per call, which no server's log shows."""
    if not has_attempts(kind):
        return None
    numbers = store.columns(
        "SELECT (attempt = 0)::DOUBLE AS first FROM used ORDER BY number LIMIT ?", [MOST_FOR_TAIL]
    )
    calls = mean("calls", numbers["first"])
    low, high = (None if bound is None else 1 / bound for bound in (calls.high, calls.low))
    return Measurement(
        name="amplification", value=1 / calls.number, unit="attempts/call", n=calls.n, low=low, high=high
    )


def _routes(store: ExchangeStore) -> Iterator[LearnedRoute]:
    names = store.rows("SELECT route, count(*) FROM used GROUP BY route ORDER BY count(*) DESC, route")
    for route, count in names:
        events = store.columns(
            "SELECT route = ? AS here FROM used WHERE attempt = 0 ORDER BY number LIMIT ?",
            [route, MOST_FOR_TAIL],
        )
        failed = store.columns(
            "SELECT status >= 400 OR error <> '' AS failed FROM used WHERE route = ? ORDER BY number LIMIT ?",
            [route, MOST_FOR_TAIL],
        )
        statuses = store.rows(
            "SELECT status, count(*) FROM used WHERE route = ? AND status >= 400 GROUP BY status ORDER BY status",
            [route],
        )
        yield LearnedRoute(
            route=route, share=share("share", events["here"]), errors=share("errors", failed["failed"]),
            statuses=tuple((status, round(of_it / count, 6)) for status, of_it in statuses),
        )  # fmt: skip
