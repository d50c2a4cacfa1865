"""The driver process. Locust comes first: it patches sockets and queues before requests sees them."""

import sys

from mock_upstream.process.garbage import collect_rarely


def main() -> int:
    """Runs one role of a driver process, and returns its exit code."""
    collect_rarely()
    import locust  # noqa: F401

    from harness.drive.entrypoint import main as entrypoint

    return entrypoint(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
