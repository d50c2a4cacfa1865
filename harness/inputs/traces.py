"""Recorded arrivals: the times in a CSV of seconds, or in a web server's access log.

The times are ascending and count from the first arrival.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from harness.model.errors import ConfigError
from mock_upstream.config.regular_file import UnreadableFileError, open_file

MOST_ARRIVALS = 1_000_000
MOST_BYTES, MOST_LINE_BYTES = 500_000_000, 65_536
Lines = Iterator[tuple[str, str]]
"""Where a line is, as file:line, and the line."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STAMP = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]")


def with_traces(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A scenario's table with the traces of its replay phases read in as `times_s`; paths count from `folder`.

    Errors in the table itself are reported when the scenario is built. Raises ConfigError about a trace.
    """
    phases = table.get("arrivals")
    if not isinstance(phases, list | tuple):
        return table
    return {**table, "arrivals": [_with_times(phase, folder) for phase in phases]}


def read_trace(path: Path, kind: str) -> tuple[float, ...]:
    """Seconds since the first arrival, ascending. `kind` is "csv" or "access-log". Raises ConfigError.

    An access log stamps whole seconds; the requests of one second are spread evenly over it.
    """
    readers: dict[str, Callable[[Lines], Iterator[float]]] = {"csv": _csv, "access-log": _access_log}
    try:
        with open_file(path, MOST_BYTES) as file:
            times_s = list(islice(readers[kind](_lines(path, file)), MOST_ARRIVALS + 1))
    except UnreadableFileError as error:
        raise ConfigError(str(path), "", f"{error}; see arrivals.trace") from None
    if not times_s:
        raise ConfigError(str(path), "", "holds no arrivals; a trace needs at least one")
    if len(times_s) > MOST_ARRIVALS:
        problem = f"holds more than {MOST_ARRIVALS:,} arrivals; cut it to {MOST_ARRIVALS:,} at most"
        raise ConfigError(str(path), "", problem)
    times_s.sort()
    return tuple(round(at_s - times_s[0], 6) for at_s in times_s)


def _lines(path: Path, file: BinaryIO) -> Lines:
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES:
            raise ConfigError(
                f"{path}:{number}", "", f"is longer than {MOST_LINE_BYTES:,} bytes; a trace has short lines"
            )
        yield f"{path}:{number}", line.decode("utf-8", "replace")


def _with_times(phase: Any, folder: Path) -> Any:
    if not isinstance(phase, dict) or phase.get("shape") != "replay" or phase.get("times_s"):
        return phase
    trace, kind = phase.get("trace"), phase.get("format", "csv")
    if not isinstance(trace, str) or kind not in {"csv", "access-log"}:
        return phase
    return {**phase, "times_s": list(read_trace(folder / trace, kind))}


def _csv(lines: Lines) -> Iterator[float]:
    """The first column; a first line without a number is a heading."""
    for number, (place, line) in enumerate(lines):
        value = line.partition(",")[0].strip()
        if not value:
            continue
        seconds = _seconds(value)
        if seconds is not None:
            yield seconds
        elif number > 0:
            problem = f"{value[:40]!r} is not a number of seconds; the first column must be one, 0 or more"
            raise ConfigError(place, "", problem)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0.0 else None


def _access_log(lines: Lines) -> Iterator[float]:
    """The timestamps of common and combined logs: `[10/Oct/2000:13:55:36 -0700]`."""
    moments = (_moment(place, line) for place, line in lines if line.strip())
    seconds = Counter(islice(moments, MOST_ARRIVALS + 1))
    return (second + turn / count for second, count in seconds.items() for turn in range(count))


def _moment(place: str, line: str) -> float:
    found = _STAMP.search(line)
    try:
        if found is None:
            raise ValueError
        day, month, year, hour, minute, second, sign, zone_h, zone_m = found.groups()
        offset = timedelta(hours=int(zone_h), minutes=int(zone_m)) * (1 if sign == "+" else -1)
        clock = (int(hour), int(minute), min(int(second), 59))  # 60 is a leap second
        date = (int(year), _MONTHS.index(month) + 1, int(day))
        return datetime(*date, *clock, tzinfo=timezone(offset)).timestamp()
    except ValueError:
        problem = f"{line.strip()[:60]!r} has no timestamp like [10/Oct/2000:13:55:36 -0700]; remove the line"
        raise ConfigError(place, "", problem) from None
