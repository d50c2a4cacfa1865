"""The report is one page that needs nothing else, and shows what a record holds without running it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboard.report.html import html_report
from harness.assess.runs import compare_records as comparison
from harness.model.call_query import CallQuery
from harness.model.verdict import Fail
from harness.record.call_store import CallStore
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_guards import A, eventful

SCHEMA_1 = Path(__file__).parents[1] / "fixtures" / "schema_1"


@pytest.fixture(scope="module")
def page(records: list[Record]) -> str:
    return html_report(records[:2], comparison(records[:2]))


def test_the_report_says_over_how_many_runs_its_intervals_are(page: str) -> None:
    assert "between these two runs only" in page


PLACES = (
    "policy-name", "policy-description", "scenario-name", "scenario-description", "run-id", "command", "machine",
    "version", "reason", "threshold", "lever", "who", "problem", "fault", "standing-fault",
)  # fmt: skip


def _hostile(place: str) -> str:
    return f"<script>{place}</script>[b]\"&'"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a usual run beside one in which every name and text that a person can choose is hostile."""
    run = made_runs.underway(tmp_path_factory.mktemp("hostile"), made_runs.TEXTBOOK)
    detail = {"who": _hostile("who"), "acknowledged": 1, "processes": 1, "problem": _hostile("problem")}
    run.note((5.0, "lever", _hostile("lever"), "pulled", json.dumps(detail)))
    run.note((6.0, "fault", _hostile("fault"), "on", "{}"))
    run.note((-1.0, "fault", _hostile("standing-fault"), "on", "{}"))
    run.write(int(run.world.until_s) + 1)
    record = open_run(run.finish())
    names = {"name": _hostile("policy-name"), "description": _hostile("policy-description")}
    policy = record.run.policy.model_copy(update=names)
    other = replace(record, run=record.run.model_copy(update={"policy": policy}))
    return html_report([_with_hostile_texts(other), record], comparison([other, record]))


def _with_hostile_texts(record: Record) -> Record:
    assert record.end is not None
    run, margins = record.run, record.end.verdict.margins
    scenario = {"name": _hostile("scenario-name"), "description": _hostile("scenario-description")}
    changed = {
        "scenario": run.scenario.model_copy(update=scenario),
        "id": _hostile("run-id"),
        "command": _hostile("command"),
        "machine": {"cpu": _hostile("machine")},
        "versions": {"surgeline": _hostile("version")},
    }
    verdict = Fail(
        reasons=(_hostile("reason"),),
        margins=tuple(m.model_copy(update={"threshold": _hostile("threshold")}) for m in margins),
    )
    end = record.end.model_copy(update={"verdict": verdict})
    return replace(record, run=run.model_copy(update=changed), end=end)


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text as a reader sees it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_verdicts_come_before_anything_else(page: str) -> None:
    assert page.index("✗ Fail") < page.index("<svg")


def test_the_page_loads_nothing(page: str) -> None:
    tags = Page(page).tags
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "base"} == set()
    outside = re.findall(r"""(?:src|href)\s*=\s*["'](?!#)|url\((?!#)|@import""", page)
    assert outside == []


def test_ids_in_the_page_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Page(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 0


def test_the_page_is_small_enough_to_mail(page: str) -> None:
    assert len(page.encode()) < 2_000_000


def test_charts_take_the_pages_colours(page: str) -> None:
    assert "var(--series_1, #0072b2)" in page
    assert 'stroke="#0072b2"' not in page


def test_differences_and_commands_are_in_the_page(page: str) -> None:
    assert "no difference shown" in page
    assert "surgeline run dependency-slowdown --policy textbook" in page


def test_nothing_from_a_record_becomes_html(hostile: str) -> None:
    assert "script" not in {tag for tag, _ in Page(hostile).tags}


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_is_shown_as_it_was_written(hostile: str, place: str) -> None:
    assert _hostile(place) in Page(hostile).text


def test_a_run_without_any_call_has_a_page(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.CAREFUL)
    assert "No call has ended." in html_report([open_run(run.folder)], None)


def test_what_the_guards_did_is_in_the_page(tmp_path: Path) -> None:
    of_guards = html_report([eventful(tmp_path)], None)
    assert f"The breaker of {A} was open for 600 ms in 2 periods" in of_guards
    assert "States of the policy&#39;s guards over time" in of_guards


def test_guards_that_were_not_recorded_are_said_to_be_so() -> None:
    record = open_run(next(SCHEMA_1.glob("*-dependency-slowdown-*")))
    assert "Not recorded: this run was made by an earlier version." in html_report([record], None)


def test_upstream_work_for_disconnected_clients_is_in_the_page(page: str) -> None:
    assert "work was for clients that had already disconnected" in page


def test_a_pass_says_which_events_may_be_missing(tmp_path: Path) -> None:
    assert made_runs.UNSEEN in html_report([open_run(made_runs.passing(tmp_path))], None)


def test_a_percentile_that_failed_calls_reach_is_not_reached(tmp_path: Path) -> None:
    shown = html_report([open_run(made_runs.failing_fast(tmp_path))], None)
    assert "p99(latency) is not reached: more than 1% of the calls failed" in shown
    assert "<b>not reached</b>" in shown
    assert "Not reached: a failed call is infinitely late" in shown


def test_the_report_has_the_waterfalls_of_the_three_slowest_calls_of_each_run(
    page: str, records: list[Record]
) -> None:
    for record in records[:2]:
        for row in CallStore(record.folder).page(CallQuery(size=3)).rows:
            assert f'aria-label="Waits and attempts of call {row.key}"' in page
    assert page.count("upstream 1: ") >= 6
