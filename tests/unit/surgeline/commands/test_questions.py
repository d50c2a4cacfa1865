"""Questions at a terminal: those that apply, with an answer that cannot be used asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import typer

from harness.model.answers import Answers
from surgeline.commands import questions
from surgeline.commands.questions import QUESTIONS, ask

GIVEN = {"name": "read", "budget_s": "0.5", "peak_per_s": "30", "upstream.workers": "4"}


@pytest.fixture
def answered(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Mapping[str, list[str]]], tuple[Answers, list[str]]]:
    """Answers each question in turn; returns the answers, and the keys that were asked for."""

    def answer(given: Mapping[str, list[str]]) -> tuple[Answers, list[str]]:
        asked, left = list[str](), {key: list(texts) for key, texts in given.items()}

        def prompt(question: str, default: str = "", **_: object) -> str:
            key = next(key for key, text, _ in QUESTIONS if text == question)
            asked.append(key)
            return left[key].pop(0) if left.get(key) else default

        monkeypatch.setattr(typer, "prompt", prompt)
        return ask(), asked

    return answer


def test_the_usual_answers_and_a_few_of_ones_own_are_enough(answered) -> None:
    found, asked = answered({key: [text] for key, text in GIVEN.items()})
    assert (found.method, found.budget_s, found.upstream.workers) == ("GET", 0.5, 4)
    assert not {"burst_factor", "idempotent"} & set(asked)


def test_an_answer_that_cannot_be_used_is_asked_for_again(answered) -> None:
    given = {**{key: [text] for key, text in GIVEN.items()}, "budget_s": ["soon", "0.5"]}
    found, asked = answered(given)
    assert asked.count("budget_s") == 2
    assert found.budget_s == 0.5


def test_a_post_is_asked_whether_it_may_be_repeated(answered) -> None:
    given = {key: [text] for key, text in GIVEN.items()} | {"method": ["post"], "idempotent": ["no"]}
    found, asked = answered(given)
    assert not found.idempotent
    assert "idempotency_key" not in asked


def test_a_learned_folder_leaves_out_the_questions_about_the_upstream(answered) -> None:
    _, asked = answered({key: [text] for key, text in GIVEN.items()} | {"upstream.learned": ["found"]})
    assert "upstream.workers" not in asked


def test_every_question_is_about_a_key_of_the_file() -> None:
    keys = {key.partition(".")[0] for key, _, _ in questions.QUESTIONS}
    assert keys <= set(Answers.model_fields)
