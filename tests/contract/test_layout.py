"""The tree: modules and functions that fit a screen, and unit tests that mirror the packages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("surgeline", "dashboard", "harness", "mock_upstream", "scenarios")
MODULE_LINES, FUNCTION_LINES = 300, 40
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a module with their lines, docstrings not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield node.name, lines - (docstring.count("\n") + 1 if docstring else 0)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_is_longer_than_300_lines(package: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if path.is_relative_to(ROOT / package)
        and (lines := path.read_text(encoding="utf-8").count("\n")) > MODULE_LINES
    }
    assert long == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_is_longer_than_40_lines(package: str) -> None:
    long = {
        f"{path.relative_to(ROOT)}: {name}": lines
        for path in MODULES
        if path.is_relative_to(ROOT / package)
        for name, lines in _functions(path)
        if lines > FUNCTION_LINES
    }
    assert long == {}


def test_every_unit_test_is_about_the_module_of_its_name() -> None:
    unit = ROOT / "tests" / "unit"
    orphans = []
    for path in unit.rglob("test_*.py"):
        folder = ROOT / path.relative_to(unit).parent
        module = path.stem.removeprefix("test_")
        if not (folder / f"{module}.py").is_file() and not (folder / module / "__init__.py").is_file():
            orphans.append(str(path.relative_to(ROOT)))
    assert orphans == []


def test_every_folder_of_a_package_says_what_it_is() -> None:
    silent = [
        str(path.parent.relative_to(ROOT))
        for path in MODULES
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
