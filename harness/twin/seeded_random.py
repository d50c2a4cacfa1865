"""The upstream's seeded random numbers, compiled: those of mock_upstream/faults/seeded_random.py, bit for bit.

BLAKE2b as in RFC 7693, for messages of one block and digests of 16 bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.twin.compiled import njit

BLOCK = 128
LONGEST_PREFIX = 90
"""What is left of the block is for the key and the number of the attempt."""
_UNIT = 2.0**-53
_INITIAL = np.array(
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ],
    dtype=np.uint64,
)  # fmt: skip
_DIGEST_OF_16 = np.uint64(0x01010010)
_ORDER = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    ]
)  # fmt: skip
_COLUMNS = np.array([0, 1, 2, 3, 0, 1, 2, 3])
_SHIFTS = np.array([0, 0, 0, 0, 1, 1, 1, 1])


def prefix(seed: int, rule: str) -> NDArray[np.uint8]:
    """What the message of every draw of this rule begins with, then its length, shape (BLOCK,)."""
    text = f"{seed}\0{rule}\0".encode()
    assert len(text) <= LONGEST_PREFIX  # noqa: S101
    block = np.zeros(BLOCK, np.uint8)
    block[: len(text)] = list(text)
    block[BLOCK - 1] = len(text)
    return block


@njit
def draw(prefix: NDArray[np.uint8], arrival: int, step: int, attempt: int) -> tuple[float, float]:
    """The two uniform numbers in [0, 1) of one attempt: whether the rule hits, and with what strength."""
    words = np.zeros(16, np.uint64)
    length = int(prefix[BLOCK - 1])
    for place in range(length):
        _put(words, place, prefix[place])
    length = _write(words, length, arrival)
    _put(words, length, 46)  # a full stop
    length = _write(words, length + 1, step) + 1  # and a zero byte
    length = _write(words, length, attempt)
    first, second = _compressed(words, length)
    return float(first >> np.uint64(11)) * _UNIT, float(second >> np.uint64(11)) * _UNIT


@njit
def _put(words: NDArray[np.uint64], place: int, byte: int) -> None:
    words[place >> 3] |= np.uint64(byte) << np.uint64(8 * (place & 7))


@njit
def _write(words: NDArray[np.uint64], place: int, number: int) -> int:
    """Writes a number in decimal digits; returns the place after it."""
    digits, rest = 1, number // 10
    while rest > 0:
        digits, rest = digits + 1, rest // 10
    for back in range(digits - 1, -1, -1):
        _put(words, place + back, 48 + number % 10)
        number //= 10
    return place + digits


@njit
def _swapped(word: np.uint64) -> np.uint64:
    """The word with its bytes in the other order: a digest's bytes are read with the highest first."""
    found = np.uint64(0)
    for _ in range(8):
        found = (found << np.uint64(8)) | (word & np.uint64(255))
        word >>= np.uint64(8)
    return found


@njit
def _compressed(words: NDArray[np.uint64], length: int) -> tuple[np.uint64, np.uint64]:
    v = np.empty(16, np.uint64)
    for i in range(8):
        v[i] = v[i + 8] = _INITIAL[i]
    v[0] ^= _DIGEST_OF_16
    v[12] ^= np.uint64(length)
    v[14] = ~v[14]
    for turn in range(12):
        for i in range(8):
            a, shift = _COLUMNS[i], _SHIFTS[i]
            _mix(
                v, a, 4 + (a + shift) % 4, 8 + (a + 2 * shift) % 4, 12 + (a + 3 * shift) % 4,
                words[_ORDER[turn, 2 * i]], words[_ORDER[turn, 2 * i + 1]],
            )  # fmt: skip
    first = _INITIAL[0] ^ _DIGEST_OF_16 ^ v[0] ^ v[8]
    return _swapped(first), _swapped(_INITIAL[1] ^ v[1] ^ v[9])


@njit
def _mix(v: NDArray[np.uint64], a: int, b: int, c: int, d: int, x: np.uint64, y: np.uint64) -> None:
    v[a] += v[b] + x
    v[d] = _turned(v[d] ^ v[a], 32)
    v[c] += v[d]
    v[b] = _turned(v[b] ^ v[c], 24)
    v[a] += v[b] + y
    v[d] = _turned(v[d] ^ v[a], 16)
    v[c] += v[d]
    v[b] = _turned(v[b] ^ v[c], 63)


@njit
def _turned(word: np.uint64, bits: int) -> np.uint64:
    return (word >> np.uint64(bits)) | (word << np.uint64(64 - bits))
