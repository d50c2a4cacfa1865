"""The calls of a run by DuckDB over the record's files: filtered, sorted and paged, and never loaded whole.

DuckDB is in memory and may open no network, no extension and no file but the Parquet files of the run's tables. Arrow
hands it the tables of a live run and of a record whose version lacks columns. Every value of a query is a bound
parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from harness.model.call import Attempt, Call, Outcome
from harness.model.call_query import (
    FAILED,
    CallCounts,
    CallFilter,
    CallOrder,
    CallPage,
    CallQuery,
    CallRow,
    Moment,
    TracedCall,
)
from harness.model.errors import DamagedError
from harness.model.quantities import DURATIONS, SUMMED_COLUMNS
from harness.model.served import Served
from harness.record.schema import WHERE_ABSENT
from harness.record.streams import GrowingTable, lazy_table

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "1GB",
    "threads": "2",
}
_BETWEEN = {row.field: row.between for row in DURATIONS if row.between}
_ORDERS = {
    CallOrder.SLOWEST: "latency_s DESC",
    CallOrder.FASTEST: "latency_s",
    CallOrder.EARLIEST: "scheduled_s",
    CallOrder.LATEST: "scheduled_s DESC",
    CallOrder.ATTEMPTS: "attempts DESC, latency_s DESC",
}
_CALL = (
    "arrival", "step", "method", "route", "scheduled_s", "started_s", "dispatched_s", "ended_s", "reported",
)  # fmt: skip
_ATTEMPT = tuple(Attempt.__dataclass_fields__)
_SERVED = tuple(Served.__dataclass_fields__)
_LISTED = ("arrival", "step", "method", "route", "outcome", "status", "attempts", "scheduled_s")
_DURATIONS = (*_BETWEEN, *SUMMED_COLUMNS)


class CallStore:
    """The calls of one run's folder, as far as they have been written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def page(self, query: CallQuery) -> CallPage:
        """The calls of one page. Raises DamagedError."""
        conditions, values = _conditions(query.filter)
        columns = _columns("calls", (*_LISTED, *_DURATIONS))
        ordered = f"ORDER BY {_ORDERS[query.order]}, arrival, step LIMIT ? OFFSET ?"
        skipped = query.size * (max(1, query.page) - 1)
        with self._open() as database:
            recorded = database.execute("SELECT count(*) FROM calls").fetchall()
            total = database.execute(f"SELECT count(*) FROM timed WHERE {conditions}", values).fetchall()
            rows = database.execute(
                f"SELECT {columns} FROM timed WHERE {conditions} {ordered}", [*values, query.size, skipped]
            ).fetchall()
            faults = _faults(database, [f"{row[0]}.{row[1]}" for row in rows])
        return CallPage(tuple(_call_row(row, faults) for row in rows), int(total[0][0]), int(recorded[0][0]))

    def counts(self) -> CallCounts:
        """How many calls have each outcome, status and route, and how many attempts each fault hit."""
        with self._open() as database:
            outcomes, statuses, routes = (
                dict(
                    database.execute(
                        f"SELECT {c}, count(*) n FROM calls GROUP BY {c} ORDER BY n DESC, {c}"
                    ).fetchall()
                )
                for c in ("outcome", "status", "route")
            )
            labels = database.execute(
                "SELECT fault, count(*) FROM served WHERE fault <> '' AND key NOT LIKE '%.%.%' "
                "GROUP BY fault ORDER BY fault"  # Repetitions by a shadow have keys of three parts.
            ).fetchall()
        faults: dict[str, int] = {}
        for label, count in labels:
            for name in label.split("+"):
                faults[name] = faults.get(name, 0) + count
        return CallCounts(sum(outcomes.values()), outcomes, statuses, routes, faults)

    def call(self, arrival: int, step: int) -> TracedCall | None:
        """One call with its attempts and its rows of the ledger; None where the record has no such call."""
        place = [arrival, step]
        with self._open() as database:
            calls = database.execute(
                f"SELECT {_columns('calls', _CALL)}, outcome, status, error, attempts FROM calls "
                "WHERE arrival = ? AND step = ?",
                place,
            ).fetchall()
            attempts = database.execute(
                f"SELECT {_columns('attempts', _ATTEMPT)} FROM attempts WHERE arrival = ? AND step = ? ORDER BY number",
                place,
            ).fetchall()
            served = database.execute(
                f"SELECT {', '.join(_SERVED)} FROM served WHERE key = ? ORDER BY attempt, arrived_s",
                [f"{arrival}.{step}"],
            ).fetchall()
            has_ledger = database.execute("SELECT 1 FROM served LIMIT 1").fetchall()
        if not calls:
            return None
        *moments, outcome, status, error, made = calls[0]
        call = Call(**dict(zip(_CALL, moments, strict=True)), status=status, error=error or "")
        try:
            call.outcome = Outcome(outcome)
        except ValueError:
            raise DamagedError(str(self._folder), "calls", f"is damaged: {outcome!r} is no outcome") from None
        call.attempts = [Attempt(*row) for row in attempts]
        return TracedCall(call, made, tuple(Served(*row) for row in served) if has_ledger else None)

    @contextmanager
    def _open(self) -> Iterator[_Database]:
        """A database of the run's tables. Raises DamagedError, which names the file, for one that cannot be read."""
        tables = {name: lazy_table(self._folder, name) for name in ("calls", "attempts", "served")}
        with closed_database([table for table in tables.values() if isinstance(table, Path)]) as database:
            for name, table in tables.items():
                if isinstance(table, Path):
                    database.read_parquet(str(table)).create_view(name)
                elif not isinstance(table, GrowingTable):
                    database.register(name, table)
            growing = {name: table for name, table in tables.items() if isinstance(table, GrowingTable)}
            opened = _Database(database, growing)
            between = (f"greatest({end} - {begin}, 0.0) AS {name}" for name, (begin, end) in _BETWEEN.items())
            opened.execute(f"CREATE TEMP VIEW timed AS SELECT *, {', '.join(between)} FROM calls")
            try:
                yield opened
            except duckdb.Error as error:
                first = str(error).splitlines()[0]
                raise DamagedError(str(self._folder), "", f"its calls cannot be read: {first}") from None


@dataclass(frozen=True, slots=True)
class _Database:
    """A database of a run's tables; those that are still written to are read anew, batch by batch, by each query."""

    connection: duckdb.DuckDBPyConnection
    growing: Mapping[str, GrowingTable]

    def execute(self, query: str, values: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        """The query's result; `values` are bound to its parameters."""
        for name, table in self.growing.items():
            self.connection.register(name, table.reader())
        return self.connection.execute(query, list(values))


@contextmanager
def closed_database(files: Sequence[Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that can open these files and nothing else, and whose settings stay."""
    with duckdb.connect(":memory:", config=dict(_SETTINGS)) as database:
        database.execute("SET allowed_paths = ?", [[str(file) for file in files]])
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        yield database


def _columns(table: str, names: tuple[str, ...]) -> str:
    """Columns as SQL; those that the record's version did not know have what they would hold."""
    absent = WHERE_ABSENT[table]
    return ", ".join(f"coalesce({name}, {_sql(absent[name])})" if name in absent else name for name in names)


def _sql(value: float | bool | str) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _conditions(wanted: CallFilter) -> tuple[str, list[Any]]:
    """The filter as SQL with a `?` for each value, and the values."""
    found: list[tuple[str, list[Any]]] = []
    if wanted.outcomes:
        any_failure = "outcome <> 'ok' OR " if FAILED in wanted.outcomes else ""
        found.append((f"({any_failure}list_contains(?, outcome))", [list(wanted.outcomes)]))
    if wanted.statuses:
        found.append(("list_contains(?, status)", [list(wanted.statuses)]))
    if wanted.routes:
        found.append(("list_contains(?, route)", [list(wanted.routes)]))
    if wanted.fault:
        hit = "SELECT key FROM served WHERE fault <> '' AND list_contains(string_split(fault, '+'), ?)"
        found.append((f"(arrival || '.' || step) IN ({hit})", [wanted.fault]))
    if wanted.attempts:
        found.append(("attempts >= ?", [wanted.attempts]))
    begin, end = _moments(wanted.moment)
    for condition, value in (
        ("latency_s >= ?", wanted.slower_s),
        ("latency_s < ?", wanted.faster_s),
        (f"{end} >= ?", wanted.from_s),
        (f"{begin} < ?", wanted.until_s),
    ):
        if value is not None:
            found.append((condition, [value]))
    return " AND ".join(c for c, _ in found) or "true", [v for _, values in found for v in values]


def _moments(moment: Moment) -> tuple[str, str]:
    """The columns of which the first lies before a span's end and the second at or after its begin."""
    return {
        Moment.ENDED: ("ended_s", "ended_s"),
        Moment.SCHEDULED: ("scheduled_s", "scheduled_s"),
        Moment.UNDER_WAY: ("scheduled_s", "ended_s"),
    }[moment]


def _faults(database: _Database, keys: list[str]) -> dict[str, tuple[str, ...]]:
    """The faults that hit attempts of these calls, by the calls' keys."""
    found: dict[str, list[str]] = {}
    hit = (
        "SELECT key, fault FROM served WHERE fault <> '' AND key IN (SELECT unnest(?)) ORDER BY key, attempt"
    )
    for key, label in database.execute(hit, [keys]).fetchall():
        found.setdefault(key, []).extend(label.split("+"))
    return {key: tuple(dict.fromkeys(names)) for key, names in found.items()}


def _call_row(row: tuple[Any, ...], faults: dict[str, tuple[str, ...]]) -> CallRow:
    listed = dict(zip(_LISTED, row, strict=False))
    seconds = dict(zip(_DURATIONS, row[len(_LISTED) :], strict=True))
    return CallRow(**listed, seconds=seconds, faults=faults.get(f"{row[0]}.{row[1]}", ()))
