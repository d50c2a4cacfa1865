"""Answers to the questions of `surgeline advise`, read from their files."""

from __future__ import annotations

from pathlib import Path

from harness.inputs.scenarios import read_upstream
from harness.inputs.shipped_files import find_file, is_file
from harness.model.answers import Answers
from harness.model.errors import ConfigError
from mock_upstream.config.toml import load
from mock_upstream.profile import Profile

LEARNED_UPSTREAM = "upstream.toml"


def read_answers(name: str) -> tuple[Answers, Profile | None]:
    """The answers, and the upstream of the folder that they name as learned. Raises ConfigError."""
    path = find_file("sheet", name)
    answers = load(Answers, path)
    return answers, learned_upstream(answers, path.parent, str(path))


def learned_upstream(answers: Answers, folder: Path, place: str) -> Profile | None:
    """The upstream in the learned folder, relative to `folder`; None without one. Raises ConfigError."""
    if answers.upstream.learned is None:
        return None
    path = folder / answers.upstream.learned / LEARNED_UPSTREAM
    if not is_file(path):
        problem = f"is {answers.upstream.learned!r}, but there is no file {path}; run `surgeline learn` first"
        raise ConfigError(place, "upstream.learned", problem)
    return read_upstream(str(path))
