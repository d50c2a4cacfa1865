"""A run that is written to: each look reads what is new, and any of its seconds can be read by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.model.errors import DamagedError
from harness.record.reader import Record
from harness.record.stream_index import StreamIndex, touches, touching
from mock_upstream.config.regular_file import UnreadableFileError

FOLLOWED = ("calls", "attempts", "served", "pool", "guards", "service")
"""The tables that grow with the calls and with time, and of which only some seconds are needed at once."""


@dataclass(frozen=True, slots=True)
class RecordPart(Record):
    """A record of which the followed tables have those rows only that touch some seconds."""

    indexes: Mapping[str, StreamIndex] | None = None
    from_s: float = 0.0
    until_s: float = 0.0

    def arrow_table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One table; of a followed one only the rows that touch the seconds. Raises DamagedError."""
        index = (self.indexes or {}).get(name)
        if index is None:
            return Record.arrow_table(self, name, columns)
        try:
            return index.rows(self.from_s, self.until_s, columns)
        except UnreadableFileError:  # It has become Parquet, or is absent.
            whole = Record.arrow_table(self, name)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedError(str(self.folder), name, f"is damaged: {error}") from None
        return touching(name, whole, self.from_s, self.until_s, columns)


class FollowedRun:
    """What has been looked at of a run that is written to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._indexes = {table: StreamIndex(folder, table) for table in FOLLOWED}

    @property
    def last_s(self) -> float:
        """When the last of its calls ended; 0 before the first."""
        return self._indexes["calls"].last_s

    def look(self, spans: Iterable[tuple[float, float]]) -> set[tuple[float, float]]:
        """Reads what was written since the last look; those of these spans that it touches. Raises DamagedError."""
        left, touched = set(spans), set[tuple[float, float]]()
        for table, index in self._indexes.items():
            try:
                for first_s, last_s, batch in index.new_batches():
                    near = [span for span in left if last_s >= span[0] and first_s < span[1]]
                    found = {span for span in near if pc.any(touches(table, batch, *span)).as_py()}
                    left, touched = left - found, touched | found
            except UnreadableFileError as problem:
                if not problem.missing:
                    raise DamagedError(str(self._folder), table, str(problem)) from None
            except (KeyError, ValueError, TypeError) as error:
                raise DamagedError(str(self._folder), table, f"is damaged: {error}") from None
        return touched

    def seconds(self, record: Record, from_s: float, until_s: float) -> Record:
        """The record of these seconds, `until_s` itself excluded, as far as it has been looked at."""
        known = {field.name: getattr(record, field.name) for field in fields(Record)}
        return RecordPart(**known, indexes=self._indexes, from_s=from_s, until_s=until_s)
