"""A policy's file that may change."""

from pathlib import Path

from harness.model.policy import Policy
from harness.session.routing.policy_file import changes, digest_of, signature


def test_a_file_that_is_written_again_has_another_signature_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("one")
    before = signature(path), digest_of(path)
    path.write_text("three")
    assert signature(path) != before[0]
    assert digest_of(path) != before[1]


def test_a_file_that_is_not_there_has_no_signature(tmp_path: Path) -> None:
    assert signature(tmp_path / "a.toml") is None


def test_changes_are_named_by_their_dotted_keys() -> None:
    before = Policy.model_validate({"name": "a", "timeout": {"read_s": 1.0}})
    after = Policy.model_validate(
        {"name": "a", "timeout": {"read_s": 2.0}, "session": {"headers": {"A": "1"}}}
    )
    assert changes(before, after) == {
        "session.headers.A": [None, "1"], "timeout.read_s": [1.0, 2.0],
    }  # fmt: skip


def test_a_policy_that_is_the_same_has_no_changes() -> None:
    policy = Policy.model_validate({"name": "a", "retry": {"total": 3}})
    assert changes(policy, policy.model_copy()) == {}
