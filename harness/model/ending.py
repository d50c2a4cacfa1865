"""Why a run ended before its last arrival: it was interrupted, a part of it was lost, or a watcher aborted it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mock_upstream.config.toml import Frozen

StopSignal = Literal["SIGINT", "SIGTERM", "SIGHUP"]


class Interrupted(Frozen):
    """It was stopped: on request of somebody, `who`, or by a signal; Ctrl-C sends SIGINT."""

    kind: Literal["interrupted"] = "interrupted"
    signal: StopSignal = "SIGINT"
    who: str = ""


class StopRequest(Frozen):
    """Somebody's request to stop a live run, as a file in its folder."""

    who: Annotated[str, Field(min_length=1, max_length=100)]


class Lost(Frozen):
    """A part of the run ended, stopped responding or could not be written. `detail` follows the part's name.

    `worker` numbers the process of the service that was lost, where it is one of several.
    """

    kind: Literal["lost"] = "lost"
    part: Literal["run", "command", "driver", "worker", "upstream", "service", "record"]
    detail: str
    worker: int | None = None


class Aborted(Frozen):
    """A watcher aborted it, because more time would not change the result."""

    kind: Literal["aborted"] = "aborted"
    cause: Literal["unbounded backlog"]


EarlyEnd = Interrupted | Lost | Aborted
EarlyEndField = Annotated[EarlyEnd, Field(discriminator="kind")]

_CAUSES = {"unbounded backlog": "the backlog grows without bound, and every call misses the limit"}


def stop_text(signal: str) -> str:
    """What stopped a process, as text."""
    return "Ctrl-C" if signal == "SIGINT" else signal


def early_end_text(end: EarlyEnd) -> str:
    """What ended the run, as text."""
    match end:
        case Interrupted(who=who) if who:
            return f"stopped on request of {who}"
        case Interrupted(signal=signal):
            return f"stopped by {stop_text(signal)}"
        case Lost(part="worker", worker=worker, detail=detail):
            return f"worker {worker} {detail}"
        case Lost(part=part, detail=detail):
            return f"the {part} {detail}"
        case Aborted(cause=cause):
            return _CAUSES[cause]
