"""A range on disk has a name of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.range import UNFINISHED, OperatingRange, SearchSpec
from harness.model.run import run_id
from harness.record.range_store import claim_range, list_ranges, load_range, range_id, readable_ranges
from harness.record.reader import Broken

STARTED_AT = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def _spec(scenario: str, policy: str) -> SearchSpec:
    written = read_scenario("baseline")
    return SearchSpec(
        policy=read_policy("careful").model_copy(update={"name": policy}),
        scenario=written.scenario.model_copy(update={"name": scenario}),
        upstream=written.upstream,
    )


def test_a_range_is_called_like_a_run_with_range_before_the_scenario() -> None:
    spec = _spec("baseline", "careful")
    digest = run_id(spec.policy, spec.scenario, spec.upstream, STARTED_AT)[-6:]
    assert range_id(spec, STARTED_AT) == f"20260301-080000-range-baseline-careful-{digest}"


def test_a_scenario_called_like_its_policy_keeps_both_names() -> None:
    assert range_id(_spec("a", "a"), STARTED_AT).startswith("20260301-080000-range-a-a-")


def _begun(started_at: datetime) -> OperatingRange:
    spec = _spec("baseline", "careful")
    return OperatingRange(
        id=range_id(spec, started_at),
        state="live",
        spec=spec,
        started_at=started_at,
        kind="unfinished",
        answer=UNFINISHED,
    )


def test_ranges_that_begin_in_the_same_second_get_different_ids(tmp_path: Path) -> None:
    first, second = (_begun(STARTED_AT.replace(microsecond=number)) for number in (1, 2))
    assert claim_range(tmp_path, first).id == first.id
    claimed = claim_range(tmp_path, second)
    assert claimed.id == f"{first.id}-2"
    assert load_range(tmp_path / claimed.id).started_at == second.started_at


def test_a_search_that_continues_keeps_its_folder(tmp_path: Path) -> None:
    claim_range(tmp_path, _begun(STARTED_AT.replace(microsecond=1)))
    kept = claim_range(tmp_path, _begun(STARTED_AT.replace(microsecond=2)))
    assert claim_range(tmp_path, kept) == kept


def test_a_damaged_range_is_listed_beside_the_others(tmp_path: Path) -> None:
    good = claim_range(tmp_path, _begun(STARTED_AT))
    (tmp_path / "20260302-080000-range-a" / "range.json").mkdir(parents=True)
    (tmp_path / "20260303-080000-range-b").mkdir()
    (tmp_path / "20260303-080000-range-b" / "range.json").write_text("[" * 100_000)
    broken = [each for each in list_ranges(tmp_path) if isinstance(each, Broken)]
    assert [each.folder.name[-7:] for each in broken] == ["range-b", "range-a"]
    assert [each.error.problem[:40] for each in broken] == [
        "is not valid JSON: recursion limit excee",
        "is a folder; name a regular file",
    ]
    assert readable_ranges(tmp_path) == [good]
