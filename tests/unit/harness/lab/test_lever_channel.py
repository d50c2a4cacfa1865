"""A file among the requests of levers that is none is refused, and never ends a run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.lab.lever_channel import LeverChannel, request_stop
from harness.model.errors import RecordError
from harness.model.lever import Pulled
from harness.record.reader import open_run
from tests.unit.dashboard import made_runs

GOOD = '{"id": "a1", "who": "ana", "lever": {"lever": "throttle", "rate_per_s": 120}}'


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_text("{"), "is not valid JSON"),
        (_text("[" * 100_000), "is not valid JSON: recursion limit exceeded"),
        (_text("[1]"), "contains no table"),
        (_text('{"id": "../../x", "who": "", "lever": {"lever": "clear_faults"}}'), "id is"),
        (_text('{"id": "a", "who": "", "lever": {"lever": "clear_faults", "x": 1}}'), "is not a known key"),
        (_text(GOOD.replace("120", "1" + "0" * 400)), "has an integer of more than 64 bits"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is not text"),
        (Path.mkdir, "is a folder"),
        (os.mkfifo, "is a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "is a device"),
        (lambda path: path.symlink_to(path.name), "Too many levels of symbolic links"),
    ],
)
def test_a_bad_request_is_refused_beside_a_good_one(
    tmp_path: Path, make: Callable[[Path], object], problem: str
) -> None:
    levers = tmp_path / "levers"
    levers.mkdir()
    make(levers / "bad.request.json")
    (levers / "good.request.json").write_text(GOOD)
    channel = LeverChannel(tmp_path)
    pulls, refused = channel.take()
    assert [pull.id for pull in pulls] == ["a1"]
    assert [(each.file, each.id) for each in refused] == [("bad.request.json", "bad")]
    assert problem in refused[0].problem
    assert channel.take() == ([], [])


def test_a_response_that_cannot_be_written_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "levers" / "a1.answer.json").mkdir(parents=True)
    LeverChannel(tmp_path).respond(Pulled(id="a1", at_s=1.0, acknowledged=1, processes=1))


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"who": ""}', '{"who": "ada", "why": "late"}'])
def test_a_file_that_is_no_request_to_stop_stops_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "levers").mkdir()
    (tmp_path / "levers" / "stop.json").write_text(text)
    assert LeverChannel(tmp_path).stop_request() is None


def test_a_run_that_has_ended_cannot_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is complete; it can be stopped while a run is live"):
        request_stop(open_run(made_runs.passing(tmp_path)), "ada")
