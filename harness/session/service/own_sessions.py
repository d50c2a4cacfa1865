"""Sessions that surgeline itself makes in a process of the service, for their adapters: they are not watched."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
_making: ContextVar[bool] = ContextVar("surgeline_own_session", default=False)


def making_own() -> bool:
    """Whether the Session that is being made here is one of surgeline's own."""
    return _making.get()


def own(make: Callable[[], T]) -> T:
    """The result of a function that makes Sessions of surgeline's own."""
    token = _making.set(True)
    try:
        return make()
    finally:
        _making.reset(token)
