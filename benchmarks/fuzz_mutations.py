"""Damages a file's bytes in one of the ways in which files are damaged, from a seed."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

TEXTS = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b[31m", b"\x1b]0;title\x07", "\u202e".encode(), "²".encode(),
    b"[" * 500, b"[" * 20_000, b"{" * 500, b'{"a":' * 200, b"a=[" * 500, b"a." * 800, b'"""', b"'''", b"#", b"\r\n",
    b"\\u0000",
    b"9" * 4301, b"0x" + b"f" * 5000, b"1e999", b"-1", b"-0.0", b"nan", b"inf", b"NaN", b"-Infinity", b"1e-320",
    b"1979-05-27T07:32:00Z", b"../../etc/passwd", b"/dev/zero", b"env:HOME", b"file:/dev/zero", b"[bold]", b"[/]",
    b"x" * 5000, "é".encode() * 300, b"{}", b"[]", b"null", b'""', b"99999999999999999999", b"1_0", b"=", b",",
    b"\n[a]\n", b"true", b"%00", b'{"a":' * 20_000,
)  # fmt: skip
NUMBERS = (
    b"0", b"-1", b"1", b"2", b"1e7", b"1e300", b"1e-300", b"9223372036854775807", b"9223372036854775808", b"nan",
    b"inf", b"-inf", b"0.5", b'"5"', b"true", b"[]", b"9" * 4301, b"1000000000", b"[[1]]", b"{a=1}",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w.-]*")


def mutated(data: bytes, others: tuple[bytes, ...], random: Random) -> bytes:
    """One to four random changes of `data`; `others` are files from which pieces are taken."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        data = random.choice(_MUTATIONS)(data, others, random)
    return data


def _flip(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    changed = bytearray(data)
    for _number in range(min(len(changed), random.choice((1, 2, 8, 64)))):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _cut(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _remove(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    begin, end = _piece(data, random)
    return data[:begin] + data[end:]


def _repeat(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    begin, end = _piece(data, random)
    return data[:end] + data[begin:end] * random.choice((1, 2, 50)) + data[end:]


def _insert(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(TEXTS) + data[place:]


def _splice(data: bytes, others: tuple[bytes, ...], random: Random) -> bytes:
    other = random.choice(others)
    begin, end = _piece(other, random)
    place = random.randrange(len(data) + 1)
    return data[:place] + other[begin:end] + data[place:]


def _swap_lines(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        one, two = random.randrange(len(lines)), random.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _number(data: bytes, _: tuple[bytes, ...], random: Random) -> bytes:
    return _replaced(data, _NUMBER, random.choice(NUMBERS), random)


def _word(data: bytes, others: tuple[bytes, ...], random: Random) -> bytes:
    words = _WORD.findall(random.choice(others)) or [b"a"]
    return _replaced(data, _WORD, random.choice((random.choice(words), random.choice(TEXTS))), random)


def _replaced(data: bytes, pattern: re.Pattern[bytes], new: bytes, random: Random) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data + new
    place = random.choice(found)
    return data[: place.start()] + new + data[place.end() :]


def _piece(data: bytes, random: Random) -> tuple[int, int]:
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.choice((1, 4, 30, 400)))


_MUTATIONS: tuple[Callable[[bytes, tuple[bytes, ...], Random], bytes], ...] = (
    _flip, _cut, _remove, _repeat, _insert, _insert, _splice, _swap_lines, _number, _number, _word, _word,
)  # fmt: skip
