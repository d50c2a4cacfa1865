"""Seeded randomness: what happens to an attempt follows from (seed, rule, key, attempt) alone.

So the same attempt gets identical fault decisions regardless of other requests, their order, the number of
clients, and restarts: two policies can be compared on identical per-attempt fault decisions.
"""

from hashlib import blake2b
from struct import Struct

_UNIT = 2.0**-53  # as many bits as a float holds, so that 1.0 is never reached

_two_integers = Struct(">QQ").unpack


class SeededRandom:
    """The random draws of one rule under one seed."""

    __slots__ = ("_base",)

    def __init__(self, seed: int, rule: str) -> None:
        self._base = blake2b(f"{seed}\0{rule}\0".encode(), digest_size=16)

    def draw(self, key: str, attempt: int) -> tuple[float, float]:
        """Return two independent uniforms in [0, 1): whether the rule hits, and with what strength."""
        state = self._base.copy()
        state.update(b"%s\0%d" % (key.encode(), attempt))
        hit, force = _two_integers(state.digest())
        return (hit >> 11) * _UNIT, (force >> 11) * _UNIT
