"""The program `surgeline`. The command line is a part of the lab, which a service does not have to install."""

from __future__ import annotations

import sys

from mock_upstream.process.garbage import collect_rarely
from surgeline import NEEDS_LAB, is_of_lab
from surgeline.machine_limits import remedy_for, too_low


def main() -> None:
    """Runs the command line, or says in one line how to install it, or what the machine must allow it."""
    if problem := too_low():
        sys.stderr.write(f"surgeline: {problem}\n")
        sys.exit(2)
    collect_rarely()
    try:
        from surgeline.cli import main as command_line
    except ModuleNotFoundError as missing:
        if not is_of_lab(missing):
            raise
        sys.stderr.write(f"surgeline: the command line {NEEDS_LAB}\n")
        sys.exit(2)
    except MemoryError as error:
        sys.stderr.write(f"surgeline: there is not enough memory; {remedy_for(error)}\n")
        sys.exit(2)
    command_line()


if __name__ == "__main__":
    main()
