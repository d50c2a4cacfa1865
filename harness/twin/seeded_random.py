"""The upstream's seeded random numbers, compiled: those of mock_upstream/faults/seeded_random.py, bit for bit.

BLAKE2b as in RFC 7693, for messages of one block and digests of 16 bytes. Its sixteen words of state are numbers of
their own, so that they stay in registers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.twin.compiled import inlined, njit

Words = NDArray[np.uint64]
State = tuple[np.uint64, ...]
LENGTH, PARTIAL = 16, 17
"""Places after a message's sixteen words: the length of what it always begins with, and the word in which that ends."""
LONGEST_PREFIX = 90
"""What is left of the message is for the key and the number of the attempt."""
_UNIT = 2.0**-53
_IV = np.array(
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
    ],
    np.uint64,
)  # fmt: skip


def prefix(seed: int, rule: str) -> Words:
    """The message of every draw of this rule, of which a draw writes the end, shape (18,)."""
    text = f"{seed}\0{rule}\0".encode()
    assert len(text) <= LONGEST_PREFIX  # noqa: S101
    message = np.zeros(18, np.uint64)
    message[:16] = np.frombuffer(text.ljust(128, b"\0"), "<u8")
    message[LENGTH], message[PARTIAL] = len(text), message[len(text) >> 3]
    return message


@njit
def draw(message: Words, arrival: int, step: int, attempt: int) -> tuple[float, float]:
    """The two uniform numbers in [0, 1) of one attempt: whether the rule hits, and with what strength.

    The end of the message, such as "17.0\\0" and "2", is at most sixteen bytes long.
    """
    low, high, length = _number_before(np.uint64(0), np.uint64(0), 0, attempt)
    low, high = _byte_before(low, high, np.uint64(0))
    low, high, length = _number_before(low, high, length + 1, step)
    low, high = _byte_before(low, high, np.uint64(46))  # a full stop
    low, high, length = _number_before(low, high, length + 1, arrival)
    begin = int(message[LENGTH])
    word, shift = begin >> 3, np.uint64(8 * (begin & 7))
    message[word] = message[PARTIAL] | low << shift
    message[word + 1], message[word + 2] = high << shift, 0
    if shift > 0:
        message[word + 1] |= low >> (np.uint64(64) - shift)
        message[word + 2] = high >> (np.uint64(64) - shift)
    first, second = _digest(message, np.uint64(begin + length))
    return float(first >> np.uint64(11)) * _UNIT, float(second >> np.uint64(11)) * _UNIT


@inlined
def _byte_before(low: np.uint64, high: np.uint64, byte: np.uint64) -> tuple[np.uint64, np.uint64]:
    """A text of sixteen bytes, as two words, with a byte put before it."""
    return low << np.uint64(8) | byte, high << np.uint64(8) | low >> np.uint64(56)


@inlined
def _number_before(
    low: np.uint64, high: np.uint64, length: int, number: int
) -> tuple[np.uint64, np.uint64, int]:
    """A text with the decimal digits of a number put before it, and its new length."""
    rest = np.uint64(number)
    while True:
        low, high = _byte_before(low, high, np.uint64(48) + rest % np.uint64(10))
        rest, length = rest // np.uint64(10), length + 1
        if rest == 0:
            return low, high, length


@inlined
def _digest(m: Words, length: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The digest's two words, read with the highest byte first."""
    iv = _IV
    begin = iv[0] ^ _DIGEST_OF_16
    v: State = (
        begin, iv[1], iv[2], iv[3], iv[4], iv[5], iv[6], iv[7],
        iv[0], iv[1], iv[2], iv[3], iv[4] ^ length, iv[5], ~iv[6], iv[7],
    )  # fmt: skip
    for turn in range(12):
        v = _round(v, m, _ORDER[turn])
    return _swapped(begin ^ v[0] ^ v[8]), _swapped(iv[1] ^ v[1] ^ v[9])


@inlined
def _round(v: State, m: Words, s: Words) -> State:
    a, b, c, d, e, f, g, h, i, j, k, l, n, o, p, q = v  # noqa: E741
    a, e, i, n = _mixed(a, e, i, n, m[s[0]], m[s[1]])
    b, f, j, o = _mixed(b, f, j, o, m[s[2]], m[s[3]])
    c, g, k, p = _mixed(c, g, k, p, m[s[4]], m[s[5]])
    d, h, l, q = _mixed(d, h, l, q, m[s[6]], m[s[7]])  # noqa: E741
    a, f, k, q = _mixed(a, f, k, q, m[s[8]], m[s[9]])
    b, g, l, n = _mixed(b, g, l, n, m[s[10]], m[s[11]])  # noqa: E741
    c, h, i, o = _mixed(c, h, i, o, m[s[12]], m[s[13]])
    d, e, j, p = _mixed(d, e, j, p, m[s[14]], m[s[15]])
    return a, b, c, d, e, f, g, h, i, j, k, l, n, o, p, q


@inlined
def _mixed(
    a: np.uint64, b: np.uint64, c: np.uint64, d: np.uint64, x: np.uint64, y: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    a = a + b + x
    d = _turned(d ^ a, 32)
    c = c + d
    b = _turned(b ^ c, 24)
    a = a + b + y
    d = _turned(d ^ a, 16)
    c = c + d
    return a, _turned(b ^ c, 63), c, d


@inlined
def _turned(word: np.uint64, bits: int) -> np.uint64:
    return (word >> np.uint64(bits)) | (word << np.uint64(64 - bits))


@inlined
def _swapped(word: np.uint64) -> np.uint64:
    """The word with its bytes in the other order."""
    even, odd = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
    word = (word & even) << np.uint64(8) | (word >> np.uint64(8)) & even
    word = (word & odd) << np.uint64(16) | (word >> np.uint64(16)) & odd
    return _turned(word, 32)
