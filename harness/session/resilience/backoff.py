"""How long to sleep before a retry: pure arithmetic, with the random numbers as an argument."""

from __future__ import annotations

from random import Random

from harness.model.resilience_settings import BackoffSettings


def delay_s(backoff: BackoffSettings, retry: int, previous_s: float, rng: Random) -> float:
    """Seconds before the retry with this number, counted from 0.

    `previous_s` is the sleep before; only "decorrelated" needs it, and begins at `base_s`. The formulas are
    those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    if backoff.kind == "decorrelated":
        return min(backoff.cap_s, rng.uniform(backoff.base_s, max(backoff.base_s, previous_s) * 3.0))
    exponential_s = min(backoff.cap_s, backoff.base_s * 2.0 ** min(retry, 60))
    if backoff.kind == "full":
        return rng.uniform(0.0, exponential_s)
    if backoff.kind == "equal":
        return exponential_s / 2.0 + rng.uniform(0.0, exponential_s / 2.0)
    return exponential_s
