"""What ended a run early is data in its record; words are made from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.model.ending import Aborted, EarlyEnd, Interrupted, Lost, early_end_text
from harness.model.run import End
from harness.model.verdict import Inconclusive

KINDS: list[tuple[EarlyEnd, str]] = [
    (Interrupted(), "stopped by Ctrl-C"),
    (Interrupted(signal="SIGTERM"), "stopped by SIGTERM"),
    (Interrupted(who="ada"), "stopped on request of ada"),
    (Lost(part="driver", detail="was ended by SIGKILL"), "the driver was ended by SIGKILL"),
    (Lost(part="worker", worker=2, detail="was lost"), "worker 2 was lost"),
    (
        Aborted(cause="unbounded backlog"),
        "the backlog grows without bound, and every call misses the limit",
    ),
]


@pytest.mark.parametrize(("early", "text"), KINDS)
def test_every_early_end_has_words(early: EarlyEnd, text: str) -> None:
    assert early_end_text(early) == text


@pytest.mark.parametrize(("early", "text"), KINDS)
def test_an_early_end_is_read_from_the_record_unchanged(early: EarlyEnd, text: str) -> None:
    ended_at = datetime(2026, 1, 1, tzinfo=UTC)
    end = End(
        state="interrupted",
        reason=text,
        early=early,
        ended_at=ended_at,
        measurements={},
        verdict=Inconclusive(),
    )
    assert End.model_validate_json(end.model_dump_json()) == end


@pytest.mark.parametrize(("state", "early"), [("complete", False), ("interrupted", True)])
def test_an_end_of_schema_1_opens_without_its_kind(state: str, early: bool) -> None:
    text = (
        f'{{"state": "{state}", "reason": "stopped", "ended_at": "2026-01-01T00:00:00Z", '
        '"measurements": {}, "verdict": {"kind": "inconclusive"}}'
    )
    assert (End.model_validate_json(text).early is not None) == early
