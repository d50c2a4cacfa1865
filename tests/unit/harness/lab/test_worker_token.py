"""The token of a run and its workers."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.lab.worker_token import TOKEN, given_token, new_token, required_token, token_for_workers
from harness.model.errors import ConfigError

GIVEN = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)


def test_a_file_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "e" * 32)
    assert given_token() == "e" * 32
    (tmp_path / "token").write_text(f"{GIVEN}\n")
    assert given_token(str(tmp_path / "token")) == GIVEN


@pytest.mark.parametrize("text", ["", "short", "a" * 31, f"{GIVEN}\n{GIVEN}"])
def test_a_token_that_can_be_guessed_or_misread_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "token").write_text(text)
    with pytest.raises(
        ConfigError, match="must have at least 32 printable characters in one line; make one with"
    ):
        given_token(str(tmp_path / "token"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gone"):
        given_token(str(tmp_path / "gone"))


def test_a_worker_without_a_token_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"SURGELINE_WORKER_TOKEN: is not set; .* --token-file"):
        required_token("", "a worker needs one")


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "lead.example"])  # noqa: S104 - not listened on
def test_an_address_that_other_machines_reach_requires_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match=f"{host} is not loopback"), token_for_workers(host):
        pass


def test_on_loopback_a_new_token_is_written_for_this_user_only_and_removed() -> None:
    with token_for_workers("127.0.0.1") as (token, file):
        path = Path(file)
        assert given_token(file) == token
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert not path.exists()


def test_every_new_token_is_another() -> None:
    assert len({new_token() for _ in range(100)}) == 100
