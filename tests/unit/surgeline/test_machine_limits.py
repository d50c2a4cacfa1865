"""Limits that no command could work within, and errors of an exhausted machine, each with its remedy."""

from __future__ import annotations

import errno
import resource

import pytest

from surgeline.machine_limits import LEAST, remedy_for, too_low

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[int, tuple[int, int]]:
    """The limits of this process, which the test changes; none at first."""
    found = dict.fromkeys(LEAST, UNLIMITED)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: found[kind])
    return found


def test_a_process_without_limits_is_allowed_everything(limits: dict[int, tuple[int, int]]) -> None:
    assert too_low() == ""


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_is_enough_and_one_less_is_not(limits: dict[int, tuple[int, int]], kind: int) -> None:
    least, what, remedy = LEAST[kind]
    limits[kind] = (least, least)
    assert too_low() == ""
    limits[kind] = (least - 1, least - 1)
    assert (
        too_low() == f"this process may have {least - 1:,} {what} and needs {least:,}; allow more: {remedy}"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "ulimit -v"),
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "ulimit -u"),
        (OSError(errno.ENFILE, "Too many open files in system"), "fs.file-max"),
    ],
)
def test_an_exhausted_machine_has_a_remedy(error: BaseException, words: str) -> None:
    assert words in remedy_for(error)


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "No such file"), ValueError("no"), OSError("odd")])
def test_another_error_has_none(error: BaseException) -> None:
    assert remedy_for(error) == ""
