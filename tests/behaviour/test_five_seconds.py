"""Whoever looks at Compare or Home for five seconds reads the decision, its cost and its certainty first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.behaviour.visits import first_sentence, opened
from tests.unit.dashboard import made_comparisons

ONE_RUN_EACH = "one run of each policy, so the differences are between these runs only"
KNOWN: dict[str, tuple[Callable[[Path], list[Path]], str, str, str]] = {
    "clear winner": (
        made_comparisons.clear_winner,
        "Ship careful: the only policy that meets the SLO",
        "no cost is shown",
        "each verdict has 95% confidence",
    ),
    "trade-off": (
        made_comparisons.trade_off,
        "Trade-off between stateless and textbook",
        "the cost of Latency p99 not reached (with textbook: 6.13 s), Calls failed +1.59 percentage points",
        "each verdict has 95% confidence",
    ),
    "undecided": (
        made_comparisons.undecided,
        "Undecided: no policy is shown to meet the SLO; still open: careful",
        "To settle it for careful: p99(latency)",
        "no recommendation has 95% confidence",
    ),
}
"""Comparisons with their decision, its cost (of an undecided one: what settles it) and its certainty."""


@pytest.fixture(scope="module", params=list(KNOWN))
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Path]]:
    """The folders of a comparison's runs, made once for both pages."""
    made = KNOWN[request.param][0]
    return request.param, made(tmp_path_factory.mktemp("known"))


@pytest.mark.parametrize("page", ["compare", "home"])
def test_a_page_begins_with_the_decision_its_cost_and_its_certainty(
    known: tuple[str, list[Path]], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, folders = known
    monkeypatch.setenv("SURGELINE_RUNS", str(folders[0].parent))
    query = {"runs": [folder.name for folder in folders]} if page == "compare" else {}
    said = first_sentence(opened(page, **query))
    _, decision, cost, certainty = KNOWN[name]
    assert said.startswith(decision)
    assert cost in said
    assert certainty in said
    assert ONE_RUN_EACH in said
