"""The work list of runs in a real browser: clicks, keys, chips, the address, the back button, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from harness.record.tags import change_tags, tags
from tests.e2e.browser import Shoot, Visitor, served
from tests.unit.dashboard import made_runs

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")
ROW = ".work-list li[data-run]"
PAGES = ("", "runs", "run", "calls", "compare", "range", "rehearse", "new_run", "advise")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Runs in every state, one of them tagged."""
    made = made_runs.everything(tmp_path_factory.mktemp("list") / "runs")
    change_tags(made["stateless"], ["nightly"])
    return made


@pytest.fixture(scope="module")
def visitor(tab: Chrome, runs: dict[str, Path]) -> Iterator[Visitor]:
    """A browser in front of a dashboard over those runs."""
    with served(runs["careful"].parent) as address:
        yield Visitor(tab, address)


def _opened(visitor: Visitor, path: str = "/runs") -> None:
    visitor.open(path)
    visitor.until(lambda: visitor.count(ROW) > 0)


def _press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        ActionChains(visitor.browser).send_keys(key).perform()


def _listed(visitor: Visitor) -> list[str]:
    script = f"return [...document.querySelectorAll('{ROW}')].map(e => e.dataset.run)"
    found: list[str] = visitor.browser.execute_script(script)
    return found


def test_a_click_on_a_row_opens_its_run_and_back_returns_to_the_filter(
    visitor: Visitor, runs: dict[str, Path]
) -> None:
    _opened(visitor, "/runs?policy=careful&policy=stateless")
    visitor.click(f"{ROW}.fail a span")
    visitor.sees("stateless under dependency-slowdown")
    assert visitor.query("run") == [runs["stateless"].name]
    visitor.browser.back()
    visitor.sees("2 of 5 runs")
    assert visitor.query("policy") == ["careful", "stateless"]


def test_keys_walk_select_and_compare(visitor: Visitor) -> None:
    _opened(visitor)
    listed = _listed(visitor)
    _press(visitor, "j", "j", "x", "j", "j", "k", "x")
    visitor.sees("2 runs selected.")
    _press(visitor, "c")
    visitor.until(lambda: visitor.query("runs") == [listed[1], listed[2]])


def test_enter_opens_the_current_run(visitor: Visitor) -> None:
    _opened(visitor)
    listed = _listed(visitor)
    _press(visitor, "j", "j", Keys.ENTER)
    visitor.until(lambda: visitor.query("run") == [listed[1]])


def test_a_key_that_is_typed_into_a_field_does_nothing_else(visitor: Visitor) -> None:
    _opened(visitor)
    field = visitor.browser.find_element("css selector", "[data-testid=stTextInput] input")
    field.send_keys("j", "x", "c", "?", Keys.ENTER)
    visitor.until(lambda: visitor.query("q") == ["jxc?"])
    visitor.sees("None of the 5 runs")
    assert visitor.count("dialog[open]") == 0


def test_chips_are_kept_in_the_address_and_taken_back_by_one_press_of_back(visitor: Visitor) -> None:
    _opened(visitor)
    visitor.click("[data-testid=stButtonGroup] button", "nightly")
    visitor.sees("1 of 5 runs")
    assert visitor.query("tag") == ["nightly"]
    visitor.click("[data-testid=stButtonGroup] button", "Fail")
    visitor.until(lambda: visitor.query("verdict") == ["fail"])
    visitor.browser.back()
    visitor.until(lambda: visitor.query("verdict") == [])
    visitor.settle()
    assert visitor.query("tag") == ["nightly"]
    visitor.sees("1 of 5 runs")
    visitor.browser.back()
    visitor.sees("5 runs in ")


def test_an_unknown_tag_lists_nothing(visitor: Visitor) -> None:
    visitor.open("/runs?tag=mightly")
    visitor.sees("No run has the tag 'mightly'.")
    assert visitor.count(ROW) == 0
    visitor.click("button", "Clear the filter")
    visitor.until(lambda: visitor.count(ROW) == 5)
    assert visitor.query("tag") == []


def test_the_selection_is_tagged_and_a_word_that_is_no_tag_blocks_nothing(
    visitor: Visitor, runs: dict[str, Path]
) -> None:
    _opened(visitor, "/runs?policy=careful")
    visitor.click(f"{ROW} input")
    visitor.sees("1 run selected.")
    visitor.click("[data-testid=stPopover] button", "Tag")
    visitor.chooses("[data-testid=stPopoverBody] input", "y" * 60)
    visitor.chooses("[data-testid=stPopoverBody] input", "canary")
    visitor.click("[data-testid=stPopoverBody] button", "Add")
    visitor.until(lambda: tags(runs["careful"]) == ("canary",))
    visitor.sees("at most 40 of them")


def test_a_phone_shows_a_run_in_few_lines(visitor: Visitor, shoot: Shoot) -> None:
    visitor.look(390, height=844)
    _opened(visitor)
    heights = visitor.browser.execute_script(
        f"return [...document.querySelectorAll('{ROW}')].map(e => e.getBoundingClientRect().height)"
    )
    assert max(heights) < 90
    assert not visitor.overflows()
    shoot("runs-390-light")


@pytest.mark.parametrize(
    "page", [*PAGES[:2], *(pytest.param(page, marks=pytest.mark.acceptance) for page in PAGES[2:])]
)
def test_a_question_mark_lists_the_keys_on_every_page(visitor: Visitor, page: str) -> None:
    visitor.open(f"/{page}")
    visitor.until(lambda: visitor.count(".every-page .open") == 1)
    _press(visitor, "?")
    visitor.until(lambda: visitor.count(".every-page dialog[open]") == 1)
    visitor.sees("Keys on this page")
    assert ("Compare the selected runs" in visitor.text()) == (page == "runs")
    _press(visitor, Keys.ESCAPE)
    visitor.until(lambda: visitor.count(".every-page dialog[open]") == 0)
