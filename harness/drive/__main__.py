"""The driver process. Locust comes first: it patches sockets and queues before requests sees them."""

import locust  # noqa: F401, I001

import sys

from harness.drive.entrypoint import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
