"""The documentation names what exists: links, files, folders and public names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import surgeline

ROOT = Path(__file__).parents[2]
PACKAGES = ("surgeline", "dashboard", "harness", "mock_upstream")
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)
ARCHITECTURE = ROOT / "docs" / "architecture.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", ["architecture.md", "decisions/009-the-second-layout.md"])
def test_every_file_that_a_page_about_the_code_names_exists(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    named = re.findall(rf"`((?:{'|'.join(PACKAGES)}|scenarios)/[\w/.-]*)`", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_architecture_page_describes_every_folder_of_the_packages() -> None:
    described = set(re.findall(r"^\| `([\w/]+)/` \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE))
    folders = {
        str(init.parent.relative_to(ROOT))
        for package in PACKAGES
        for init in (ROOT / package).rglob("__init__.py")
    }
    kinds_of_endpoints = {folder for folder in folders if folder.startswith("mock_upstream/endpoints/")}
    assert folders - kinds_of_endpoints - {"harness"} == described


def test_the_python_page_documents_every_public_name() -> None:
    page = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^::: surgeline\.(\w+)$", page, re.MULTILINE)) == sorted(surgeline.__all__)


def test_the_sites_navigation_lists_every_page() -> None:
    listed = set(
        re.findall(r": ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    )
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert pages == listed


def test_the_documentations_packages_are_locked() -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["docs"]
    locked = (ROOT / "requirements-docs.lock").read_text()
    for requirement in group:
        name = re.match(r"[\w-]+", requirement)
        assert name is not None
        assert re.search(rf"^{name.group()}==", locked, re.MULTILINE), f"{requirement}: run `make lock`"
