"""Starts the program, which is in `program`."""

import sys

from mock_upstream.process.garbage import collect_rarely


def main() -> int:
    """Run the program and return its exit code."""
    collect_rarely()
    from mock_upstream.program import main as program

    return program()


if __name__ == "__main__":
    sys.exit(main())
