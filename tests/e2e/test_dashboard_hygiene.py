"""Every page: readable by axe-core's rules in both themes, quiet in the console, restored by address and by "back"."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard.theme.palette import DARK, LIGHT, series_looks
from harness.record.result_store import TUNINGS
from tests.e2e.browser import Visitor, served
from tests.unit.dashboard import made_maps, made_ranges, made_runs
from tests.unit.harness.tuning.made_tunings import made_tuning

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PAGES = (
    "home", "runs", "run", "calls", "compare", "capacity", "rehearse", "incident", "new run", "advise", "map", "tune",
)  # fmt: skip
FEW = [page if page == "run" else pytest.param(page, marks=pytest.mark.acceptance) for page in PAGES]
MOST = [
    pytest.param(page, marks=pytest.mark.acceptance) if page in ("capacity", "compare", "incident") else page
    for page in PAGES
]
THEMES = [pytest.param(False, id="light"), pytest.param(True, id="dark", marks=pytest.mark.acceptance)]
"""Some pages and one theme in every test run; the rest in `make acceptance`."""
AXE = """
    const done = arguments[arguments.length - 1];
    axe.run(document, {runOnly: arguments[0]}).then(
        found => done(found.violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 160))])),
        problem => done([['critical', String(problem), []]]));
"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of every page with something to show, and the folder of runs under "root"."""
    root = tmp_path_factory.mktemp("hygiene") / "runs"
    made = {p.name: made_runs.complete(root, p) for p in made_runs.POLICIES}
    ranges = [
        made_ranges.complete(root, p, n).name for n, p in enumerate((made_runs.TEXTBOOK, made_runs.CAREFUL))
    ]
    run = made["textbook"].name
    TUNINGS.claim(root, made_tuning(runs=tuple(folder.name for folder in made.values())))
    return {
        "root": str(root),
        "home": "/?policy=textbook&scenario=dependency-slowdown",
        "runs": "/runs?verdict=fail&policy=textbook",
        "run": f"/run?run={run}",
        "calls": f"/calls?run={run}&outcome=ok&attempts=2&order=earliest",
        "compare": "/compare?"
        + "&".join(f"runs={made[p].name}" for p in ("careful", "textbook"))
        + "&base=textbook",
        "capacity": "/range?" + "&".join(f"ranges={name}" for name in ranges) + "&scenario=baseline",
        "rehearse": "/rehearse?scenario=retry-storm&policy=textbook",
        "incident": f"/rehearse?run={run}",
        "map": f"/map?map={made_maps.confirmed(root).name}&x=4&y=1",
        "advise": "/advise?sheet=payment-post&set=peak_per_s=30.0",
        "tune": "/tune?policy=0",
        "new run": "/new_run?scenario=baseline&policy=careful&policy=textbook&seeds=7&times=2",
    }


@pytest.fixture(scope="module")
def visitor(tab: Chrome, addresses: dict[str, str]) -> Iterator[Visitor]:
    """A browser in front of a dashboard over those runs."""
    with served(Path(addresses["root"])) as address:
        yield Visitor(tab, address)


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core's script, of the package that ships it; the package itself, and its browsers, are not used."""
    package = find_spec("axe_playwright_python")
    assert package is not None, "the locked packages are not installed: make setup"
    (folder,) = package.submodule_search_locations or ()
    return Path(folder, "axe.min.js").read_text(encoding="utf-8")


def _errors(visitor: Visitor) -> list[str]:
    """What the console has said since the last look."""
    log: list[dict[str, Any]] = visitor.browser.get_log("browser")
    return [entry["message"] for entry in log if entry["level"] == "SEVERE"]


@pytest.mark.parametrize("dark", THEMES)
@pytest.mark.parametrize("page", MOST)
def test_a_page_has_no_serious_finding_and_no_error_in_the_console(
    visitor: Visitor, addresses: dict[str, str], axe: str, page: str, dark: bool
) -> None:
    visitor.look(1280, dark=dark)
    visitor.open(addresses[page])
    visitor.until(lambda: visitor.count(".every-page .open") == 1)
    visitor.browser.execute_script(axe)
    found = visitor.browser.execute_async_script(AXE, RULES)
    assert [violation for violation in found if violation[0] in ("serious", "critical")] == []
    assert _errors(visitor) == []
    assert not visitor.overflows()


@pytest.mark.parametrize("page", FEW)
def test_back_restores_the_state_of_a_page_by_one_press(
    visitor: Visitor, addresses: dict[str, str], page: str
) -> None:
    visitor.look(1280)
    visitor.open(addresses[page])
    visitor.until(lambda: visitor.count(".every-page .open") == 1)
    address, shown = visitor.browser.current_url, _state(visitor)
    other = "Runs" if page != "runs" else "Home"
    visitor.click("[data-testid=stTopNavLink]", other)
    visitor.until(lambda: visitor.browser.current_url != address)
    visitor.settle()
    visitor.browser.back()
    visitor.until(lambda: visitor.browser.current_url == address)
    visitor.settle()
    visitor.until(lambda: _state(visitor) == shown)


@pytest.mark.parametrize("page", FEW)
def test_a_copied_address_shows_the_same(visitor: Visitor, addresses: dict[str, str], page: str) -> None:
    visitor.open(addresses[page])
    address, shown = visitor.browser.current_url, _state(visitor)
    assert set(addresses[page].partition("?")[2].split("&")) <= set(address.partition("?")[2].split("&"))
    visitor.browser.get("about:blank")
    visitor.open(address.removeprefix(visitor.address))
    visitor.until(lambda: _state(visitor) == shown)


def test_a_form_is_kept_in_its_address_without_an_entry_in_the_history(
    visitor: Visitor, addresses: dict[str, str]
) -> None:
    visitor.open(addresses["new run"])
    entries = visitor.browser.execute_script("return history.length")
    seeds = visitor.browser.find_element(By.CSS_SELECTOR, "input[aria-label='Seeds']")
    seeds.send_keys(Keys.CONTROL, "a")
    seeds.send_keys("8-9", Keys.TAB)
    visitor.until(lambda: visitor.query("seeds") == ["8-9"])
    visitor.settle()
    assert visitor.query("policy") == ["careful", "textbook"]
    assert visitor.browser.execute_script("return history.length") == entries


def _clipboard(visitor: Visitor) -> str:
    """What was copied last."""
    script = "const done = arguments[0]; navigator.clipboard.readText().then(done, String);"
    return str(visitor.browser.execute_async_script(script))


def test_a_click_on_copy_link_copies_the_address_with_its_state(
    visitor: Visitor, addresses: dict[str, str]
) -> None:
    granted = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": visitor.address}
    visitor.browser.execute_cdp_cmd("Browser.grantPermissions", granted)
    visitor.look(1280)
    visitor.open(addresses["calls"])
    visitor.click(".every-page .copy")
    visitor.sees("Link copied")
    assert _clipboard(visitor) == visitor.address + addresses["calls"]


def test_the_sign_beside_a_heading_copies_the_link_to_its_charts(
    visitor: Visitor, addresses: dict[str, str]
) -> None:
    granted = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": visitor.address}
    visitor.browser.execute_cdp_cmd("Browser.grantPermissions", granted)
    visitor.open(addresses["run"])
    visitor.draws("Attempts per call")
    visitor.click("#pool [data-testid=stHeaderActionElements] a")
    visitor.sees("Link copied")
    assert _clipboard(visitor) == visitor.address + addresses["run"] + "#pool"


def test_a_link_to_a_section_shows_it_when_the_charts_above_have_been_drawn(
    visitor: Visitor, addresses: dict[str, str]
) -> None:
    visitor.look(1280)
    visitor.open(addresses["run"] + "#upstream")
    visitor.draws("Attempts per call")
    below = "return document.getElementById('upstream')?.getBoundingClientRect().top"
    visitor.until(lambda: 50 < (visitor.browser.execute_script(below) or 0) < 200)


@pytest.mark.parametrize("page", ["home", pytest.param("run", marks=pytest.mark.acceptance)])
def test_an_open_page_follows_a_switch_of_the_theme(
    visitor: Visitor, addresses: dict[str, str], page: str
) -> None:
    visitor.look(1280)
    visitor.open(addresses[page])
    visitor.until(lambda: _ink(visitor) == LIGHT.ink)
    visitor.look(1280, dark=True)
    visitor.until(lambda: _ink(visitor) == DARK.ink)
    visitor.settle()
    assert addresses[page].partition("?")[2] in visitor.browser.current_url


@pytest.mark.parametrize("width", [390, pytest.param(880, marks=pytest.mark.acceptance)])
@pytest.mark.parametrize("page", ["run", pytest.param("incident", marks=pytest.mark.acceptance)])
def test_no_number_in_a_tile_is_cut(
    visitor: Visitor, addresses: dict[str, str], page: str, width: int
) -> None:
    visitor.look(width)
    visitor.open(addresses[page])
    visitor.until(lambda: visitor.count(".surgeline .tile b") > 3)
    values = "[...document.querySelectorAll('.surgeline .tile b')]"
    cut = visitor.browser.execute_script(f"return {values}.filter(e => e.scrollWidth > e.clientWidth).length")
    assert cut == 0
    assert not visitor.overflows()


def _ink(visitor: Visitor) -> str:
    """The colour of the text of our own HTML; of every piece of it the same."""
    script = "return [...document.querySelectorAll('.surgeline')].map(e => e.style.getPropertyValue('--ink'))"
    found = set(visitor.browser.execute_script(script))
    return str(found.pop()).strip() if len(found) == 1 else ""


def _state(visitor: Visitor) -> list[str]:
    """The title and what every field of the page holds."""
    script = """
        const main = document.querySelector('[data-testid=stMain]');
        const chosen = 'input, textarea, [data-baseweb=tag], [aria-checked=true], [data-testid=stHeading] h1';
        return [...main.querySelectorAll(chosen)].map(e => e.value || e.innerText).filter(text => text);
    """
    found: list[str] = visitor.browser.execute_script(script)
    return found


@pytest.mark.acceptance
def test_a_policy_has_one_colour_in_the_table_and_in_the_charts(
    visitor: Visitor, addresses: dict[str, str]
) -> None:
    visitor.look(1280)
    visitor.open(addresses["compare"])
    visitor.draws("p99.9", "careful")
    careful = series_looks(["careful"], LIGHT, order=[p.name for p in made_runs.POLICIES])["careful"][0]
    table = (
        "return [...document.querySelectorAll('.surgeline .of')].map(e => e.style.getPropertyValue('--own'))"
    )
    assert careful in visitor.browser.execute_script(table)
    drawn = (
        "return [...document.querySelectorAll('svg.marks path[stroke]')].map(e => e.getAttribute('stroke'))"
    )
    assert careful in visitor.browser.execute_script(drawn)
