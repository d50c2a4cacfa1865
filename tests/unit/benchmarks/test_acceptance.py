"""When a step of the acceptance is made again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks import acceptance


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit of code."""
    monkeypatch.setattr(acceptance, "ROOT", tmp_path)
    _git(tmp_path, "init", "--quiet")
    _changed(tmp_path, "harness/a.py", "1")
    return tmp_path


def _git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=surgeline", "-c", "user.email=surgeline@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def _changed(folder: Path, name: str, content: str, *, committed: bool = True) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    if committed:
        _git(folder, "add", ".")
        _git(folder, "commit", "--quiet", "-m", name)


def test_a_change_of_the_documentation_makes_no_step_again(repository: Path) -> None:
    before = acceptance._commit()
    _changed(repository, "docs/acceptance.md", "figures", committed=False)
    assert acceptance._commit() == before
    _changed(repository, "docs/acceptance.md", "figures")
    _changed(repository, "README.md", "figures")
    assert acceptance._commit() == before


def test_a_change_of_the_code_makes_every_step_again(repository: Path) -> None:
    before = acceptance._commit()
    _changed(repository, "harness/a.py", "2", committed=False)
    assert acceptance._commit() == f"{before}-dirty"
    _changed(repository, "harness/a.py", "2")
    assert acceptance._commit() not in {before, f"{before}-dirty"}


def test_a_result_is_kept_with_its_last_lines(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "KEPT", repository / "kept")
    step = acceptance.STEPS[0]
    result = acceptance.Result(step.name, "abc", "2026-01-01T00:00+00:00", 1.5, True, ("4 passed",))
    acceptance._keep(result)
    assert acceptance._kept(step) == result
    assert "4 passed" in acceptance._page([(step, result)])
