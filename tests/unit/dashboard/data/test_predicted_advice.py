"""The twin's map of an advice by a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.data.predicted_advice import AdviceQuestion, read_advice_map, start_advice_map
from harness.advise.advisor import advise
from tests.unit.harness.advise.made_answers import answers

WAIT_S = 180.0


def _question() -> AdviceQuestion:
    found = advise(answers(peak_per_s=420.0, budget_s=0.3))
    assert found.none_because
    return AdviceQuestion(
        policy=found.policy, scenario=found.scenario, upstream=found.upstream, search=True, repeatable=True
    )


def test_the_process_gives_states_and_a_search_that_agrees(tmp_path: Path) -> None:
    process = start_advice_map(_question(), tmp_path)
    process.wait(WAIT_S)
    found = read_advice_map(str(process.output))
    assert len(found.states) > 5
    assert found.states[-1].state == "breaks"
    assert len(found.searched) == 20
    assert found.found == ()


@pytest.mark.usefixtures("without_numba_in_children")
def test_without_numba_its_line_names_the_extra(tmp_path: Path) -> None:
    process = start_advice_map(_question(), tmp_path)
    process.wait(WAIT_S)
    assert process.output is None
    assert 'pip install "surgeline[twin]"' in str(process.failure)
