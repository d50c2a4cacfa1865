"""Frees the frames of failed calls at once, so that the garbage collector has nothing to stop for.

urllib3 and requests keep an exception in a variable of a frame that the exception's own traceback holds. Nothing but
the garbage collector frees such a circle: about ninety objects for each failed attempt, so that a second in which a
thousand attempts time out is followed by a pause of more than 100 ms, in which no arrival is dispatched.
"""

from __future__ import annotations

from collections.abc import Iterable


def drop_tracebacks(errors: Iterable[BaseException]) -> None:
    """Takes the traceback off each of these exceptions, and of those that they were raised from."""
    remaining = list(errors)
    while remaining:
        error = remaining.pop()
        if error.__traceback__ is None:
            continue
        error.__traceback__ = None
        causes = (error.__context__, error.__cause__, getattr(error, "reason", None))
        remaining.extend(cause for cause in causes if isinstance(cause, BaseException))
