"""Whether the upstream's memory stays flat over two million requests, and what 10,000 idle connections cost.

    python -m benchmarks.upstream_memory [millions]

Needs wrk. Prints the resident size after each quarter million; the ledger's ring is full after the first. Exits 1
where the size grows by more than 2 MB from there, or descriptors are left over.
"""

import resource
import socket
import sys
import time
from pathlib import Path

from benchmarks import upstream_peers as peers
from benchmarks.wanted import exit_code

_IDLE, _FLAT_MB = 10_000, 2.0


def _resident_mb(pid: int) -> float:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize() / 1e6


def main() -> int:
    """Measure and print; 1 where the memory is not flat."""
    peers.need("wrk", "taskset")
    wanted = int(float(sys.argv[1] if len(sys.argv) > 1 else "2") * 1_000_000)
    with peers.ours() as server:
        pid, served, sizes = server.pids[0], 0.0, []
        print(f"fresh: {_resident_mb(pid):.1f} MB")
        while served < wanted:
            served += peers.wrk(f"http://127.0.0.1:{server.port}/get", 64, 5) * 5
            sizes.append(_resident_mb(pid))
            print(f"{served / 1e6:.2f} million: {sizes[-1]:.1f} MB")
        growth_mb = sizes[-1] - sizes[0]
        print(f"growth from the first to the last: {growth_mb:+.1f} MB")
        fresh = _descriptors(pid)
        left = _idle(server.port, pid)
    at_most = f"at most {_FLAT_MB:.0f} MB of growth"
    return exit_code({at_most: growth_mb <= _FLAT_MB, "no descriptor is left over": left <= fresh})


def _idle(port: int, pid: int) -> int:
    """Opens and closes idle connections; how many descriptors are open in the end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    n = min(_IDLE, hard - 100)
    before_mb = _resident_mb(pid)
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(n)]
    rate = peers.wrk(f"http://127.0.0.1:{port}/get", 64, 2)
    print(f"{n} idle connections: {_resident_mb(pid) - before_mb:+.1f} MB; {rate:.0f}/s beside them")
    for sock in idle:
        sock.close()
    left = _descriptors(pid)
    print(f"descriptors left: {left} (soft limit here {soft})")
    return left


def _descriptors(pid: int) -> int:
    """Return how many are open once their number has settled (10 s at most)."""
    seen = [-1]
    for _ in range(40):
        seen.append(len(list(Path(f"/proc/{pid}/fd").iterdir())))
        if seen[-1] == seen[-2]:
            break
        time.sleep(0.25)
    return seen[-1]


if __name__ == "__main__":
    sys.exit(main())
