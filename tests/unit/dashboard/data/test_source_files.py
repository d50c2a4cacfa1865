"""The page Learn offers files of two folders, and nothing that a link leads out to."""

from __future__ import annotations

from pathlib import Path

from dashboard.data.source_files import MOST_BYTES, SourceFile, source_files


def test_logs_journals_and_hars_are_found_and_other_files_are_not(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b/access.log", "b/c/v.har", "b/c/d/too-deep.log", "end.json", ".git/x.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    found = {str(each.path.relative_to(tmp_path)) for each in source_files([tmp_path, tmp_path / "b"])}
    assert found == {"a.jsonl", "b/access.log", "b/c/v.har", "b/c/d/too-deep.log"}
    assert {str(each.path.relative_to(tmp_path)) for each in source_files([tmp_path])} == found - {
        "b/c/d/too-deep.log"
    }


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.log").write_text("x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.log").symlink_to(tmp_path / "out" / "secret.log")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")

    assert source_files([tmp_path / "in", tmp_path / "missing"]) == []


def test_a_large_file_is_left_to_the_command_line() -> None:
    assert SourceFile(Path("a.log"), MOST_BYTES + 1, 0).too_large
    assert not SourceFile(Path("a.log"), MOST_BYTES, 0).too_large
