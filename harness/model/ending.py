"""Why a run ended before its last arrival: somebody stopped it, a part of it was lost, or whoever watched it cut it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mock_upstream.config.toml import Frozen


class Interrupted(Frozen):
    """Somebody stopped it with Ctrl-C."""

    kind: Literal["interrupted"] = "interrupted"


class Lost(Frozen):
    """A part of the run ended, was silent or could not be written. `detail` goes on after the part's name.

    `worker` numbers the process of the service that was lost, where it is one of several.
    """

    kind: Literal["lost"] = "lost"
    part: Literal["run", "command", "driver", "worker", "upstream", "record"]
    detail: str
    worker: int | None = None


class Aborted(Frozen):
    """Whoever watched it had seen enough."""

    kind: Literal["aborted"] = "aborted"
    cause: Literal["unbounded backlog"]


EarlyEnd = Interrupted | Lost | Aborted
EarlyEndField = Annotated[EarlyEnd, Field(discriminator="kind")]

_CAUSES = {"unbounded backlog": "the backlog grows without bound, and every call misses the limit"}


def early_end_text(end: EarlyEnd) -> str:
    """What ended the run, in words."""
    match end:
        case Interrupted():
            return "stopped by Ctrl-C"
        case Lost(part="worker", worker=worker, detail=detail):
            return f"worker {worker} {detail}"
        case Lost(part=part, detail=detail):
            return f"the {part} {detail}"
        case Aborted(cause=cause):
            return _CAUSES[cause]
