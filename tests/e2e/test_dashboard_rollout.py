"""The page of a rollout in a real browser: the decision first, then share, evidence and bad calls over time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.e2e.browser import Shoot, Visitor, chromium, served
from tests.unit.harness.recorded_rollouts import corrupt, recorded, recorded_shadow, worse

pytestmark = pytest.mark.usefixtures("nothing_goes_wrong")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rollout that was rolled back, if there is a browser to look at it."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    return recorded(tmp_path_factory.mktemp("rollout") / "runs", worse)


@pytest.fixture(scope="module")
def visitor(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A browser in front of a dashboard over that run."""
    with chromium(tmp_path_factory.mktemp("profile")) as browser, served(run.parent) as address:
        yield Visitor(browser, address)


def test_a_rollout_shows_its_decision_its_cost_and_how_it_came_to_it(
    visitor: Visitor, run: Path, shoot: Shoot
) -> None:
    visitor.open(f"/run?run={run.name}")
    visitor.sees("✗ Fail — textbook was rolled back after")
    visitor.sees("The canary spoilt")
    visitor.sees("Share of the calls that the new policy gets")
    visitor.sees("Evidence for each decision, as a ratio of what it needs")
    visitor.sees("Plan short: 25% for at most 60.0 s")
    visitor.settle()
    shoot("run-rollout")


def test_a_shadow_shows_its_decision_and_what_differed(visitor: Visitor, run: Path, shoot: Shoot) -> None:
    shadowed = recorded_shadow(run.parent, corrupt)
    visitor.open(f"/run?run={shadowed.name}")
    visitor.sees("✗ Fail — The responses of textbook are shown to differ from those of careful after")
    visitor.sees("Evidence on the responses, as a ratio of what is needed")
    visitor.sees("Share of repetitions that differed, in five seconds")
    visitor.sees("body.total")
    visitor.settle()
    shoot("run-shadow")
