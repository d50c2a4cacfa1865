"""The evidence of simulated rollouts, compiled: the functions of the product themselves, in a third of the time."""

from __future__ import annotations

import numba

from harness.session.rollout import evidence


def compile_evidence() -> None:
    """Replaces the inner functions of `evidence` in this process; each is compiled when it is first called."""
    for name in ("_not_0", "_exp", "_log_lower", "_log_upper"):
        setattr(evidence, name, numba.njit(getattr(evidence, name)))
