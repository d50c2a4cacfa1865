"""The commit of a folder, from files as Git writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.record.git_commit import git_commit

HASH = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def git(tmp_path: Path) -> Path:
    """The folder of a repository whose branch is `main`."""
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    return git


def test_a_branch_is_followed_to_its_commit_from_a_folder_below(git: Path) -> None:
    (git / "refs" / "heads" / "main").write_text(f"{HASH}\n")
    below = git.parent / "a" / "b"
    below.mkdir(parents=True)
    assert git_commit(below) == HASH


def test_a_branch_can_be_packed(git: Path) -> None:
    (git / "packed-refs").write_text(
        f"# pack-refs with: peeled\n{'f' * 40} refs/heads/other\n{HASH} refs/heads/main\n"
    )
    assert git_commit(git.parent) == HASH


def test_a_detached_head_is_the_commit(git: Path) -> None:
    (git / "HEAD").write_text(HASH)
    assert git_commit(git.parent) == HASH


def test_a_work_tree_has_a_head_of_its_own(git: Path, tmp_path: Path) -> None:
    (git / "refs" / "heads" / "side").write_text(HASH)
    own = git / "worktrees" / "side"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/side")
    (own / "commondir").write_text("../..")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {own}\n")
    assert git_commit(tree) == HASH


@pytest.mark.parametrize("head", ["", "ref: refs/heads/gone", "ref: ../../../etc/passwd", "<b>"])
def test_what_is_no_commit_is_left_out(git: Path, head: str) -> None:
    (git / "HEAD").write_text(head)
    assert git_commit(git.parent) == ""


def test_a_folder_without_a_repository_has_none(tmp_path: Path) -> None:
    assert git_commit(tmp_path) == ""
