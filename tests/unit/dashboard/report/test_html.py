"""The report is one page that needs nothing else, and shows what a record holds without running it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dashboard.report.html import detailed, headline, html_report
from harness.assess.comparisons import compare_records as comparison
from harness.record.reader import Record, open_run
from tests.unit.dashboard import made_runs
from tests.unit.dashboard.made_guards import A, eventful

SCHEMA_1 = Path(__file__).parents[3] / "fixtures" / "schema_1"
HOSTILE = '<script>alert(1)</script><img src="http://evil.test/x" onerror="x()">'


@pytest.fixture(scope="module")
def records(made: dict[str, Path]) -> list[Record]:
    return [open_run(made[name]) for name in ("stateless", "textbook", "careful")]


@pytest.fixture(scope="module")
def page(records: list[Record]) -> str:
    return html_report(records[:2], comparison(records[:2]))


class Tags(HTMLParser):
    """Every tag with its attributes, and which are still open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_headline_says_who_keeps_the_slo(records: list[Record]) -> None:
    assert headline(records) == "stateless and textbook break the SLO; careful is undecided."


def test_the_headline_counts_a_run_without_an_end_as_not_judged(made: dict[str, Path]) -> None:
    assert headline([open_run(made["killed"])]) == "cramped was not judged."


def test_verdicts_come_before_anything_else(page: str) -> None:
    assert page.index("✗ Fail") < page.index("<svg")


def test_the_page_loads_nothing(page: str) -> None:
    tags = Tags(page).found
    assert {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object", "embed", "base"} == set()
    outside = re.findall(r"""(?:src|href)\s*=\s*["'](?!#)|url\((?!#)|@import""", page)
    assert outside == []


def test_ids_in_the_page_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Tags(page).found if "id" in attributes]
    assert len(ids) == len(set(ids)) > 0


def test_the_page_is_small_enough_to_mail(page: str) -> None:
    assert len(page.encode()) < 2_000_000


def test_charts_take_the_pages_colours(page: str) -> None:
    assert "var(--series_1, #0072b2)" in page
    assert 'stroke="#0072b2"' not in page


def test_differences_and_commands_are_in_the_page(page: str) -> None:
    assert "no difference shown" in page
    assert "surgeline run dependency-slowdown --policy textbook" in page


def test_nothing_from_a_record_becomes_html(tmp_path: Path) -> None:
    policy = made_runs.CAREFUL.model_copy(update={"description": HOSTILE})
    of = made_runs.scenario("short", duration_s=5.0).model_copy(update={"description": HOSTILE})
    page = html_report([open_run(made_runs.complete(tmp_path, policy, of))], None)
    assert HOSTILE not in page
    assert {tag for tag, _ in Tags(page).found} & {"script", "img"} == set()


def test_a_run_without_any_call_has_a_page(tmp_path: Path) -> None:
    run = made_runs.underway(tmp_path, made_runs.CAREFUL)
    assert "No call has ended." in html_report([open_run(run.folder)], None)


def test_what_the_guards_did_is_in_the_page(tmp_path: Path) -> None:
    of_guards = html_report([eventful(tmp_path)], None)
    assert f"The breaker of {A} was open for 600 ms in 2 periods" in of_guards
    assert "States of the policy&#x27;s guards over time" in of_guards


def test_guards_that_were_not_recorded_are_said_to_be_so() -> None:
    record = open_run(next(SCHEMA_1.glob("*-dependency-slowdown-*")))
    assert "Not recorded: this run was made by an earlier version." in html_report([record], None)


def test_upstream_work_for_disconnected_clients_is_in_the_page(page: str) -> None:
    assert "work was for clients that had already disconnected" in page


def test_many_runs_are_shown_in_detail_once_for_each_policy(records: list[Record]) -> None:
    assert detailed([*records, *records, *records]) == [0, 1, 2]
    assert detailed([records[0], *records]) == [0, 1, 2, 3]
