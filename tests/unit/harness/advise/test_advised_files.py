"""The files of an advice are read as what was advised, and the page has every reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.advise.advised_files import (
    ANSWERS,
    PAGE,
    POLICY,
    SCENARIO,
    UNPROVEN,
    advised_texts,
    proof_text,
)
from harness.advise.advisor import advise
from harness.inputs.answer_sheets import read_answers
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.inputs.written_folder import write_folder
from harness.model.advice_map import AdviceMap
from harness.model.behaviour_digest import behaviour_digest
from harness.model.verdict import Fail, Pass
from tests.unit.harness.advise.made_answers import answers
from tests.unit.harness.model.test_advice_map_text import made_grid


@pytest.mark.parametrize("sheet", file_names("sheet"))
def test_the_files_have_the_digest_of_the_advice(sheet: str, tmp_path: Path) -> None:
    given, learned = read_answers(sheet)
    advice = advise(given, learned)
    write_folder(tmp_path, advised_texts(given, advice, UNPROVEN))
    written = read_scenario(str(tmp_path / SCENARIO))
    policy = read_policy(str(tmp_path / POLICY))
    assert behaviour_digest(policy, written.scenario, written.upstream) == advice.digest
    assert (policy, written.scenario) == (advice.policy, advice.scenario)


@pytest.mark.parametrize("sheet", file_names("sheet"))
def test_the_kept_answers_give_the_same_files(sheet: str, tmp_path: Path) -> None:
    given, learned = read_answers(sheet)
    texts = advised_texts(given, advise(given, learned), UNPROVEN)
    write_folder(tmp_path, texts)
    again, learned = read_answers(str(tmp_path / ANSWERS))
    assert advised_texts(again, advise(again, learned), UNPROVEN) == texts


def test_the_page_has_each_setting_with_reason_and_source() -> None:
    advice = advise(answers())
    page = advised_texts(answers(), advice, UNPROVEN)[PAGE]
    assert UNPROVEN in page
    assert all(each.reason in page and each.key in page for each in advice.settings)


def test_the_page_says_why_no_policy_would_do() -> None:
    given = answers(peak_per_s=400.0)
    page = advised_texts(given, advise(given), UNPROVEN)[PAGE]
    assert "**No policy would do.**" in page
    assert "the backlog grows without bound" in page


def test_the_page_has_what_the_twin_predicts_where_it_is_known() -> None:
    given, advice = answers(), advise(answers())
    assert "What the twin predicts" not in advised_texts(given, advice, UNPROVEN)[PAGE]
    refused = advised_texts(given, advice, UNPROVEN, AdviceMap(refused="needs numba"))[PAGE]
    assert refused.endswith("## What the twin predicts\n\nneeds numba\n")
    page = advised_texts(given, advice, UNPROVEN, AdviceMap(grid=made_grid()))[PAGE]
    assert (
        "| retry.total | 0.5 × | 1 × | 2 × |\n| --- | --- | --- | --- |\n| 2 | ✓ | ? | ✗ |\n| 1 | ✓ | [✓] | ? |"
        in page
    )


def test_the_page_lists_what_was_assumed() -> None:
    given = answers(upstream={"workers": None})
    assert "workers are unknown" in advised_texts(given, advise(given), UNPROVEN)[PAGE]


def test_a_verdict_names_its_run() -> None:
    assert proof_text(advise(answers()), "a-run", Pass()) == "PASS: run a-run confirmed it."


def test_a_failed_run_agrees_that_none_would_do() -> None:
    none = advise(answers(peak_per_s=400.0))
    assert "unproven" in proof_text(none)
    assert proof_text(none, "a-run", Fail()).endswith("showed that the nearest policy would not do.")
