"""Requests and responses of one source in a DuckDB file of a temporary folder, so that memory does not grow with
them.

Each row of `exchanges` is an attempt: when it arrived and ended (Unix seconds), its route, status and error, and the
number of the attempt, as far as the source has it. They are in order of arrival. `connect_s` of `raw` is the round
trip's time as a new connection shows it, else null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from numpy.typing import NDArray

from harness.analyse.stats.effective_size import Floats
from harness.model.errors import ConfigError
from mock_upstream.config.regular_file import UnreadableFileError, open_file
from mock_upstream.process.owned_folder import owned_folder

MOST_BYTES, MOST_LINE_BYTES, MOST_ROUTES = 64_000_000_000, 65_536, 30
OTHER_ROUTES = "(other)"
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "200MB",
    "threads": "2",
}
_LINES = (
    "read_csv(?, columns = {{'text': 'VARCHAR'}}, auto_detect = false, header = false, delim = '\x1f', quote = '',"
    " escape = '', strict_mode = false, null_padding = true, max_line_size = {}, encoding = '{}')"
)
_RAW = (
    "CREATE TABLE raw (line BIGINT, place VARCHAR, stamp_s DOUBLE, arrived_s DOUBLE, ended_s DOUBLE, route VARCHAR,"
    " status SMALLINT, error VARCHAR, attempt SMALLINT, share DOUBLE,"
    " connect_s DOUBLE)"
)
FITS = (
    "coalesce(arrived_s BETWEEN 0 AND 1e11 AND ended_s BETWEEN 0 AND 1e11 AND route IS NOT NULL AND status >= 0"
    " AND error IS NOT NULL AND attempt >= 0 AND share > 0 AND share <= 1, false)"
)
"""Whether a row of `raw` comes from a line that fits the format."""
TEMPLATE = (
    "array_to_string(list_transform(string_split(split_part({path}, '?', 1), '/'), lambda part:"
    " CASE WHEN regexp_full_match(part, 'v[0-9]{{1,2}}') THEN part"
    " WHEN regexp_matches(part, '[0-9%]') OR length(part) >= 25 THEN '{{id}}' ELSE part END), '/')"
)
"""A path as SQL, with `{id}` for what looks like an id, by the rule of the metrics' routes."""


class ExchangeStore:
    """One source's rows. `add` reads files, `close_input` puts the rows in order; only then can they be asked for."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database, self._lines, self.skipped = database, 0, 0
        database.execute(_RAW)

    def add(
        self,
        path: Path,
        select: str,
        values: Sequence[object] = (),
        most_line_bytes: int = MOST_LINE_BYTES,
    ) -> None:
        """Appends the rows that `select` makes of the lines of a file, in their order; others are counted as skipped.

        `select` reads from `lines(line, text)` and gives the columns of `raw` after `place`; a row without a time is
        one of a line that does not fit. Raises ConfigError for a file that cannot be read.
        """
        _refuse(path)
        try:
            self._insert(path, select, values, most_line_bytes, "utf-8")
        except duckdb.Error:
            try:  # a log may hold any bytes; they are in its routes at most
                self._insert(path, select, values, most_line_bytes, "latin-1")
            except duckdb.Error as error:
                raise ConfigError(str(path), "", _unreadable(str(error), most_line_bytes)) from None
        self._lines = int(self.value("SELECT coalesce(max(line), 0) FROM raw"))

    def _insert(
        self, path: Path, select: str, values: Sequence[object], most_line_bytes: int, encoding: str
    ) -> None:
        lines = _LINES.format(most_line_bytes, encoding)
        query = (
            f"INSERT INTO raw WITH lines AS (SELECT row_number() OVER () AS line, text FROM {lines})"
            f" SELECT line + ?, ? || ':' || line, * EXCLUDE line FROM ({select})"
        )
        self._database.execute(query, [str(path), self._lines, path.name, *values])

    def close_input(self) -> None:
        """Counts and drops lines that do not fit, keeps the most frequent routes, and sorts by arrival."""
        execute = self._database.execute
        self.skipped = int(self.value(f"SELECT count(*) FROM raw WHERE NOT {FITS}"))
        execute(f"CREATE TABLE read AS SELECT * FROM raw WHERE {FITS}")
        execute(
            "CREATE TABLE routes AS SELECT route FROM read GROUP BY route"
            f" ORDER BY count(*) DESC, route LIMIT {MOST_ROUTES}"
        )
        execute(
            "CREATE TABLE exchanges AS SELECT row_number() OVER (ORDER BY arrived_s, line) - 1 AS number, arrived_s,"
            f" ended_s, coalesce(routes.route, '{OTHER_ROUTES}') AS route, status, error, attempt, share"
            " FROM read LEFT JOIN routes USING (route) ORDER BY arrived_s, line"
        )

    def value(self, query: str, values: Sequence[object] = ()) -> Any:
        """The one value of a query."""
        found = self._database.execute(query, list(values)).fetchone()
        return None if found is None else found[0]

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query with few of them."""
        return self._database.execute(query, list(values)).fetchall()

    def columns(self, query: str, values: Sequence[object] = ()) -> dict[str, NDArray[Any]]:
        """The columns of a query as arrays."""
        found: Any = self._database.execute(query, list(values)).fetchnumpy()
        return dict(found)

    def arrivals_s(self, share: float) -> Floats:
        """When calls arrived, ascending, of the first `share` of all rows: first attempts only."""
        query = "SELECT arrived_s FROM exchanges WHERE attempt = 0 AND number < ? * (SELECT count(*) FROM exchanges)"
        found: Floats = self.columns(query + " ORDER BY number", [share])["arrived_s"]
        return found


@contextmanager
def exchange_store() -> Iterator[ExchangeStore]:
    """An empty store, whose file is removed at the end."""
    with owned_folder() as folder:
        settings: dict[str, Any] = {**_SETTINGS, "temp_directory": str(Path(folder) / "spill")}
        with duckdb.connect(str(Path(folder) / "exchanges.db"), config=settings) as database:
            database.execute("SET enable_progress_bar = false")  # it would be printed on standard output
            yield ExchangeStore(database)


def _unreadable(message: str, most_line_bytes: int) -> str:
    """DuckDB's message as a predicate of one line."""
    if "Maximum line size" in message:
        return f"has a line of more than {most_line_bytes:,} bytes; a line is one request"
    if "not latin-1 encoded" in message:
        return "has bytes that are neither UTF-8 nor Latin-1; convert it to UTF-8, for example with iconv -c"
    return f"cannot be read: {message.splitlines()[0]}"


def _refuse(path: Path) -> None:
    """Raises ConfigError for what is no regular file, and for a name that DuckDB would take for several files."""
    if any(sign in str(path) for sign in "*?[]{}"):
        raise ConfigError(str(path), "", "has one of *?[]{} in its path; rename it")
    try:
        with open_file(path, MOST_BYTES):
            pass
    except UnreadableFileError as error:
        raise ConfigError(str(path), "", str(error)) from None
