"""The error that hands out the record of an interrupted run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.errors import SurgelineError

if TYPE_CHECKING:  # It loads pyarrow, for which the start of a command need not wait.
    from harness.record.reader import Record


class RunInterrupted(SurgelineError):
    """The run was interrupted; what was recorded is in `record`."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.run.id, "", f"was interrupted; see it with surgeline show {record.run.id}")
        self.record = record
