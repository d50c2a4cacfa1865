"""A function that runs when the service imports a module, and not before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.session.service.after_import import AfterImport

NAME = "surgeline_test_module"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a module that nobody has imported."""
    (tmp_path / f"{NAME}.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield tmp_path
    sys.modules.pop(NAME, None)


def test_the_action_gets_the_module_once_it_is_executed(module: Path) -> None:
    seen: list[int] = []
    AfterImport({NAME: lambda found: seen.append(found.value)}).install()
    assert seen == []
    imported = __import__(NAME)
    __import__(NAME)
    assert seen == [1]
    assert type(imported.__spec__.loader).__name__ == "SourceFileLoader"


def test_a_module_that_is_imported_already_is_acted_on_at_once(module: Path) -> None:
    imported, seen = __import__(NAME), list[object]()
    AfterImport({NAME: seen.append}).install()
    assert seen == [imported]


def test_a_module_that_does_not_exist_fails_as_without_it(module: Path) -> None:
    AfterImport({"surgeline_absent": lambda _: None}).install()
    with pytest.raises(ModuleNotFoundError, match="surgeline_absent"):
        __import__("surgeline_absent")
