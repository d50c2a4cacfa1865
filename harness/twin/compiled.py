"""The compiler of the twin's functions. What it has compiled is kept, so that only the first answer waits for it.

Every module of the twin that plays something imports this one; without numba that raises ConfigError. What is compiled
is kept in the user's cache, in a folder for these sources: numba itself notices a change of a function's own file
only, not one of a file whose functions it calls.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from harness.model.errors import ConfigError

try:
    import numba
except ModuleNotFoundError:
    raise ConfigError(
        "surgeline",
        "numba",
        'is not installed, and the twin needs it; install the extra: pip install "surgeline[twin]"',
    ) from None

import harness.twin.address_type  # noqa: F401 - numba learns from it what Addressed is.

Function = TypeVar("Function", bound=Callable[..., object])

ROOM_BYTES = 64_000_000
"""Three times what the compiled functions take."""
_COMPILED = (b"@njit", b"@inlined", b"@entry", b"= np.dtype(", b"Addressed")
"""What a file contains that has a compiled function, or describes what one works on."""


def njit(function: Function) -> Function:
    """A function that only compiled functions call."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def inlined(function: Function) -> Function:
    """One that becomes a part of each function that calls it: a few operations on numbers.

    Compiling a large function takes much longer than compiling its parts.
    """
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def entry(function: Function) -> Function:
    """A function that Python calls too, compiled at its first call, and run without the interpreter's lock."""
    return _compiled(function, no_cfunc_wrapper=True)


def is_compiled(function: Callable[..., object]) -> bool:
    """Whether an entry has been compiled in this process, or read from where it is kept."""
    return bool(getattr(function, "signatures", ()))


def _compiled(function: Function, **wrappers: bool) -> Function:
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(cache_folder())
    options: Any = {
        "cache": can_be_kept(cache_folder()),
        "nogil": True,
        "error_model": "numpy",
        "_nrt": False,
        **wrappers,
    }
    try:
        compiled: Function = numba.njit(**options)(function)
    finally:
        config.CACHE_DIR = before
    return compiled


@cache
def can_be_kept(folder: Path) -> bool:
    """Whether what is compiled can be written there; on a full or read-only disk it is compiled each time."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and disk.f_bavail * disk.f_frsize >= ROOM_BYTES


@cache
def cache_folder() -> Path:
    """Where the compiled functions of these sources are kept."""
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py"))]
    digest = blake2b(
        b"".join(text for text in sources if any(mark in text for mark in _COMPILED)), digest_size=8
    ).hexdigest()
    home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "surgeline" / f"twin-{digest}"
