"""Levers reach a live run through its folder: request and response are files. So does the request to stop it.

That works from another terminal, from the dashboard and across containers that share the runs folder. Every
process that may write there may pull levers and stop the run.
"""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from harness.model.atomic import write_text
from harness.model.ending import StopRequest
from harness.model.errors import ConfigError, RecordError
from harness.model.lever import Pull, Pulled
from harness.record.reader import Record
from harness.record.record_file import read_record_file
from mock_upstream.config.toml import build, load

RESPONSE_S = 10.0
_FOLDER, _REQUEST, _RESPONSE, _STOP = "levers", ".request.json", ".answer.json", "stop.json"


def pull_lever(record: Record, lever: Mapping[str, object], who: str = "") -> Pulled:
    """Pulls a lever of a live run and returns once every process has acknowledged it.

    Raises ConfigError for a lever that is none, and RecordError for a run that is not live or does not answer in time.
    """
    number = uuid.uuid4().hex[:12]
    request = build(Pull, {"id": number, "who": who or getpass.getuser(), "lever": lever}, "lever")
    _leave(record, number + _REQUEST, request.model_dump_json(exclude_unset=True), "levers can be pulled")
    response, until_s = record.folder / _FOLDER / (number + _RESPONSE), monotonic() + RESPONSE_S
    while not response.exists():
        if monotonic() > until_s:
            raise RecordError(
                record.run.id, "", f"gave no response within {RESPONSE_S:.0f} s; check that it is still live"
            )
        sleep(0.02)
    return read_record_file(Pulled, response, 0, "run")


def request_stop(record: Record, who: str = "") -> None:
    """Asks a live run to stop; what was recorded is kept, and the record says who asked.

    Raises RecordError for a run that is not live.
    """
    stop = StopRequest(who=who or getpass.getuser())
    _leave(record, _STOP, stop.model_dump_json(), "it can be stopped")


def _leave(record: Record, name: str, text: str, what: str) -> None:
    """Leaves a file in the folder of a live run's requests. Raises RecordError for a run that is not live."""
    if record.state != "live":
        raise RecordError(record.run.id, "", f"is {record.state}; {what} while a run is live")
    folder = record.folder / _FOLDER
    try:
        folder.mkdir(exist_ok=True)
        write_text(folder / name, text)
    except OSError as error:
        raise RecordError(str(folder), "", f"cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A file among the requests that is none, and why."""

    file: str
    problem: str

    @property
    def id(self) -> str:
        """The id under which whoever left the file may wait for a result."""
        return self.file.removesuffix(_REQUEST)


class LeverChannel:
    """The live run's side of its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER
        self._stuck = set[str]()
        """The names of refused files that cannot be removed."""

    def take(self) -> tuple[list[Pull], list[RefusedRequest]]:
        """The requests since the last read, and the files that are none. Each file is reported once."""
        found, refused = list[Pull](), list[RefusedRequest]()
        for path in sorted(self._folder.glob("*" + _REQUEST)):
            if path.name in self._stuck:
                continue
            try:
                found.append(load(Pull, path))
            except ConfigError as error:
                refused.append(RefusedRequest(path.name, f"{error.key} {error.problem}".strip()))
            try:
                path.unlink(missing_ok=True)
            except OSError:  # a folder, for example
                self._stuck.add(path.name)
        return found, refused

    def stop_request(self) -> StopRequest | None:
        """The request to stop the run, if somebody has left one; one that is no such request counts for nothing."""
        path = self._folder / _STOP
        if not path.exists():
            return None
        with suppress(ConfigError):
            return load(StopRequest, path)
        return None

    def respond(self, pulled: Pulled) -> None:
        """Writes the result for the requester, as far as it can be written."""
        with suppress(OSError):
            if self._folder.exists():
                write_text(self._folder / (pulled.id + _RESPONSE), pulled.model_dump_json())
