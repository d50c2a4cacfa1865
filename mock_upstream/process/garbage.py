"""How often a process searches for garbage."""

import gc

NEW_OBJECTS = 50_000


def collect_rarely() -> None:
    """Search for reference cycles after 50,000 new objects instead of 700.

    A program calls it before it imports its libraries: an import makes hundreds of thousands of objects that
    remain, and searching them takes an eighth of its time. Calls and requests make no reference cycles.
    """
    gc.set_threshold(NEW_OBJECTS, 20, 100)
