"""The vocabulary of the product: names and sentences that were replaced by the terms of the field stay replaced."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOTS = ("surgeline", "harness", "dashboard", "mock_upstream", "scenarios")
MAY_QUOTE = {"CHANGELOG.md", "tests/contract/test_vocabulary.py"}

OLD_MODULES = {
    "advice", "alarm", "anatomy", "answer", "asked", "at_work", "bad", "checkup", "clients", "clock", "complaint",
    "conduct", "crew", "dependence", "desk", "diff", "gallery", "gauge", "grounds", "guard", "heartbeat", "hopeless",
    "identity", "inbox", "judgement", "line", "linger", "listing", "load", "metrics", "news", "obituary", "order",
    "outbox", "parts", "picture", "process", "production", "pulling", "reading", "refusal", "rounds", "running",
    "scraped", "sections", "series", "service", "soundness", "speech", "spell", "stage", "started", "still_open",
    "tap", "targets", "thread", "trap", "trust", "unreadable", "watch", "watched", "wire", "words",
}  # fmt: skip
KEPT_MODULES = {
    "dashboard/charts/anatomy.py": "the chart of the anatomy of a call, a term of the glossary",
    "harness/drive/service.py": "the service under test; the old name was that of the upstream's region",
    "surgeline/production.py": "the public Session for production; the old name was that of an exporter",
}

OLD_CLASSES = {
    "Agenda", "Armed", "BadInput", "Breaker", "Child", "Cut", "Cutter", "Dice", "Enough", "Fate", "FaultInHand",
    "Guard", "Judge", "Quest", "Refusal", "Running", "Self", "Stage", "TrapNext",
}  # fmt: skip
OLD_NAMES = {
    "armed", "believe", "crew", "dice", "doubts", "fate", "fate_of_connection", "hearsay", "in_words", "lift",
    "man", "neighbours_alike", "obituary", "outbox", "quest", "said", "spares", "strike", "stuff", "telling", "told",
    "unseen", "void", "wish", "worked",
}  # fmt: skip
"""Names of functions, methods and attributes, also with a leading underscore."""
KEPT_NAMES = {
    ("harness/analyse/stats/effective_size.py", "unseen"): "a parameter for values beyond the sample",
}

OLD_SENTENCES = (
    "speaks for no change of",
    "nothing to get well from",
    "got well after the trigger",
    "nobody saw the SLO break above it",
    "What would let it carry more",
    "How far policies carry",
    "Who comes back after an incident",
    "Let go",
    "Go on until the limit is so near to where the boundary is likely to be",
    "Wait for so many `surgeline worker`s instead.",
    "write more of it",
    "calls pile up beyond all hope",
    "the same luck",
    "one too many, and goes home",
    "goes by small helpings",
    "On Monday",
    "On Friday",
)


def _tracked(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("the list of files needs a checkout with git")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _defined() -> tuple[tuple[str, str, str], ...]:
    """The module, kind and name of every class, function and attribute that is defined."""
    paths = [path for path in _tracked(*ROOTS) if path.suffix == ".py"]
    return tuple(
        (_place(path), *found) for path in paths for found in _definitions(ast.parse(path.read_text()))
    )


def _definitions(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "function", node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield "attribute", node.attr
        elif isinstance(node, ast.ClassDef):
            yield "class", node.name
            fields = [item for item in node.body if isinstance(item, ast.AnnAssign)]
            yield from (("attribute", item.target.id) for item in fields if isinstance(item.target, ast.Name))


@cache
def _texts() -> dict[str, str]:
    """What every file says that must not quote a replaced sentence."""
    paths = {_place(path): path for path in _tracked() if not path.is_symlink()}
    return {
        place: path.read_bytes().decode("utf-8", "ignore")
        for place, path in paths.items()
        if place not in MAY_QUOTE
    }


def test_no_module_has_a_replaced_name() -> None:
    places = [_place(path) for path in _tracked(*ROOTS) if path.suffix == ".py" and path.stem in OLD_MODULES]
    assert [place for place in places if place not in KEPT_MODULES] == []


def test_no_class_has_a_replaced_name() -> None:
    assert [each for each in _defined() if each[1] == "class" and each[2].lstrip("_") in OLD_CLASSES] == []


def test_no_function_or_attribute_has_a_replaced_name() -> None:
    found = {(place, name) for place, kind, name in _defined() if kind != "class"}
    assert {each for each in found if each[1].lstrip("_") in OLD_NAMES} - KEPT_NAMES.keys() == set()


def test_no_function_is_named_words() -> None:
    functions = [each for each in _defined() if each[1] == "function"]
    assert [each for each in functions if each[2].lstrip("_") in {"words", "in_words"}] == []


def test_every_class_name_is_defined_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for place, kind, name in _defined():
        if kind == "class":
            places[name].append(place)
    assert "Policy" in places
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("sentence", OLD_SENTENCES)
def test_no_file_has_a_replaced_sentence(sentence: str) -> None:
    assert [place for place, text in _texts().items() if sentence in text] == []


def test_the_glossary_defines_every_term_once() -> None:
    rows = (ROOT / "docs/glossary.md").read_text().splitlines()
    terms = Counter(row.split("|")[1].strip() for row in rows if row.startswith("| "))
    assert [term for term, rows in terms.items() if rows > 1 and term != "term"] == []
