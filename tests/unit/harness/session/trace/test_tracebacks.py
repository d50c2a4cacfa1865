"""Failed calls leave nothing for the garbage collector."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from harness.session.trace.tracebacks import drop_tracebacks


class Held:
    """An object in a frame."""


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _failed() -> tuple[Exception, weakref.ref[Held]]:
    """An exception kept in a variable of the frame that its traceback holds, and something else in that frame."""
    held = Held()
    try:
        try:
            raise OSError("inner")
        except OSError as inner:
            raise ValueError("outer") from inner
    except ValueError as error:
        kept = error
    return kept, weakref.ref(held)


@pytest.mark.usefixtures("no_collector")
def test_without_its_traceback_an_exception_holds_no_frame() -> None:
    error, held = _failed()
    assert held() is not None
    drop_tracebacks([error])
    assert held() is None
    assert error.__cause__ is not None
    assert error.__cause__.__traceback__ is None


def test_exceptions_that_name_each_other_are_handled_once() -> None:
    error, _ = _failed()
    assert error.__cause__ is not None
    error.__cause__.__cause__ = error
    drop_tracebacks([error])
    assert error.__traceback__ is None
