"""What happens to the files of a folder, as the kernel tells it (inotify(7)): writes and renames, in order."""

from __future__ import annotations

import ctypes
import os
import select
import struct
from collections.abc import Iterator
from pathlib import Path

MODIFY, MOVED_TO, CREATE = 0x2, 0x80, 0x100
_EVENT = struct.Struct("iIII")
_LIBC = ctypes.CDLL(None, use_errno=True)


class FolderWatch:
    """Watches folders for writes and renames until it is closed."""

    def __init__(self) -> None:
        self._queue = _LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, Path] = {}

    def add(self, folder: Path) -> None:
        """Watches one more folder. Raises OSError."""
        number = _LIBC.inotify_add_watch(self._queue, bytes(folder), MODIFY | MOVED_TO | CREATE)
        if number < 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")
        self._folders[number] = folder

    def wait(self, at_most_s: float) -> Iterator[tuple[int, Path]]:
        """The events that have come, each a kind and a path, once there are some; none after `at_most_s`."""
        if not select.select([self._queue], [], [], at_most_s)[0]:
            return
        data, place = os.read(self._queue, 1 << 16), 0
        while place < len(data):
            number, kind, _, length = _EVENT.unpack_from(data, place)
            name = data[place + _EVENT.size : place + _EVENT.size + length].rstrip(b"\0")
            place += _EVENT.size + length
            if number in self._folders:
                yield kind, self._folders[number] / os.fsdecode(name)

    def close(self) -> None:
        """Ends the watch."""
        os.close(self._queue)
