"""The writer of a run's tables, whose files may be cut at any byte."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from benchmarks.machines.base import Machine
from harness.model.errors import RecordError
from harness.model.run import End
from harness.model.verdict import Inconclusive
from harness.record.rows import Row
from harness.record.schema import TABLES
from harness.record.streams import STREAM, read_table
from harness.record.writer import RunWriter, finish

NAMES = ("events", "service")
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False), st.sampled_from([0.0, -1.5, 1e300]))
TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
ROWS: dict[str, st.SearchStrategy[Row]] = {
    "events": st.tuples(NUMBERS, TEXTS, TEXTS, TEXTS, TEXTS),
    "service": st.tuples(
        NUMBERS, st.integers(-(2**31), 2**31 - 1), NUMBERS, st.integers(-(2**63), 2**63 - 1)
    ),
}
END = End(
    state="complete",
    ended_at="2026-01-01T00:00:00Z",
    measurements={},
    verdict=Inconclusive(reasons=("a test",)),
)
BATCHES = st.fixed_dictionaries({name: st.lists(ROWS[name], max_size=3) for name in NAMES})
UNFIT: list[dict[str, list[Row]]] = [
    {"events": [(1.0, "a", "b", "c", "d")], "service": [("x", 1, 1.0, 1)]},
    {"events": [(1.0, "a", "b", "c", "d")], "nothing": [(1.0,)]},
    {"service": [(1.0, 1, 1.0, 1)], "events": [(1.0, "a")]},
    {"service": [(1.0, 2**31, 1.0, 1)]},
]


class RecordWriterMachine(Machine):
    """The model: the rows that are kept and those that are written, table by table, in batches."""

    @initialize()
    def begin(self) -> None:
        """A new record."""
        self.folder = Path(mkdtemp(prefix="surgeline-machine-"))
        self.real = RunWriter(self.folder, NAMES)
        self.kept: dict[str, list[Row]] = {name: [] for name in NAMES}
        self.written: dict[str, list[Row]] = {name: [] for name in NAMES}
        self.ends: dict[str, list[tuple[int, int]]] = {name: [] for name in NAMES}
        """Of each batch how long the file is with it, and how many rows it has then."""

    @rule(batch=BATCHES)
    def keep(self, batch: dict[str, list[Row]]) -> None:
        """For the next flush."""
        self.real.extend(batch)
        for name, rows in batch.items():
            self.kept[name] += rows

    @rule(name=st.sampled_from(NAMES), data=st.data())
    def add(self, name: str, data: st.DataObject) -> None:
        """One row for the next flush."""
        row = data.draw(ROWS[name])
        self.real[name].add(row)
        self.kept[name].append(row)

    @rule()
    def flush(self) -> None:
        """What was kept is written."""
        self.real.flush()
        for name in NAMES:
            rows, self.kept[name] = self.kept[name], []
            self._wrote(name, rows)

    @rule(batch=BATCHES)
    def append(self, batch: dict[str, list[Row]]) -> None:
        """Another process's, before what is kept."""
        self.real.append(batch)
        for name, rows in batch.items():
            self._wrote(name, rows)

    @rule(batch=st.sampled_from(UNFIT))
    def append_what_does_not_fit(self, batch: dict[str, list[Row]]) -> None:
        """Nothing of it is written."""
        try:
            self.real.append(batch)
        except RecordError:
            return
        raise AssertionError("a batch that does not fit was taken")

    def _wrote(self, name: str, rows: list[Row]) -> None:
        if rows:
            self.written[name] += rows
            self.ends[name].append((self._path(name).stat().st_size, len(self.written[name])))

    def _path(self, name: str) -> Path:
        return self.folder / (name + STREAM)

    @precondition(lambda self: any(self.ends.values()))
    @rule(name=st.sampled_from(NAMES), at=st.floats(0.0, 1.0))
    def killed(self, name: str, at: float) -> None:
        """A copy of the record whose file ends anywhere has every batch before that, and nothing else."""
        data = self._path(name).read_bytes()
        data = data[: round(at * len(data))]
        copy = self.folder / "killed"
        copy.mkdir(exist_ok=True)
        (copy / (name + STREAM)).write_bytes(data)
        whole = max((rows for size, rows in self.ends[name] if size <= len(data)), default=0)
        assert _rows(copy, name) == self.written[name][:whole]

    @invariant()
    def _agree(self) -> None:
        if hasattr(self, "real"):
            for name in NAMES:
                assert _rows(self.folder, name) == self.written[name]

    def teardown(self) -> None:
        """The end of the run: everything is in Parquet, and no stream is left."""
        super().teardown()
        if not hasattr(self, "real"):
            return
        try:
            self.flush()
            self.real.close()
            finish(self.folder, END)
            assert not list(self.folder.glob("*" + STREAM))
            assert [_rows(self.folder, name) for name in NAMES] == [self.written[name] for name in NAMES]
        finally:
            shutil.rmtree(self.folder)


def _rows(folder: Path, name: str) -> list[Row]:
    found = read_table(folder, name)
    assert found.column_names == TABLES[name].names
    return [tuple(row.values()) for row in found.to_pylist()]
