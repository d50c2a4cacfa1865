"""The result of one of several attempts at the same request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.session.resilience.call_context import CallContext


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What one attempt gave: a response, or an exception."""

    context: CallContext
    response: Any
    error: BaseException | None

    def close(self) -> None:
        """Closes the response without reading its body; its connection goes back to the pool, closed."""
        if self.response is not None:
            self.response.close()
            self.response.release_conn()
