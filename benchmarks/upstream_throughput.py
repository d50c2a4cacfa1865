"""How fast the upstream answers, against nginx, aiohttp and (with --httpbin) httpbin under gunicorn.

    python -m benchmarks.upstream_throughput [rounds] [--httpbin]

Needs wrk and nginx. One server at a time on core 0, wrk with 64 connections on core 1; the servers take turns,
round after round. Two figures each, with the median and range over the rounds: requests per second of wall time
(wrk itself is the limit for nginx), and per second of the server's CPU time, which other load disturbs less.
Exits 1 where a ratio of wall time is missed.
"""

import statistics
import sys
from contextlib import ExitStack

from benchmarks import upstream_peers as peers
from benchmarks.wanted import exit_code

_CONNECTIONS, _ROUND_S = 64, 2
Figures = dict[str, list[tuple[float, float]]]


def measure(rounds: int, *, with_httpbin: bool) -> Figures:
    """Return (per wall second, per CPU second) for each server and round."""
    figures: Figures = {}
    with ExitStack() as stack:
        nginx, aiohttp = stack.enter_context(peers.nginx()), stack.enter_context(peers.aiohttp_hello())
        ours = stack.enter_context(peers.ours())
        turns = [("nginx", nginx, "/"), ("aiohttp hello", aiohttp, "/"), ("ours /hello", ours, "/hello")]
        turns.append(("ours /get", ours, "/get"))
        if with_httpbin:
            turns.append(("httpbin /get", stack.enter_context(peers.httpbin()), "/get"))
        for _ in range(rounds):
            for name, server, path in turns:
                before_s = server.cpu_s()
                rate = peers.wrk(f"http://127.0.0.1:{server.port}{path}", _CONNECTIONS, _ROUND_S)
                used_s = server.cpu_s() - before_s
                figures.setdefault(name, []).append((rate, rate * _ROUND_S / used_s))
    return figures


def _ratio(figures: Figures, ours: str, theirs: str, wanted: float) -> dict[str, bool]:
    found = []
    for index, unit in ((0, "wall"), (1, "CPU ")):
        pairs = zip(figures[ours], figures[theirs], strict=True)
        ratios = sorted(mine[index] / other[index] for mine, other in pairs)
        found.append(statistics.median(ratios))
        print(
            f"{ours} / {theirs} per {unit} second: {statistics.median(ratios):.2f}"
            f"  ({ratios[0]:.2f} to {ratios[-1]:.2f}, n={len(ratios)}; wanted {wanted})"
        )
    return {f"{ours} / {theirs} at least {wanted}": found[0] >= wanted}


def main() -> int:
    """Measure and print; 1 where a ratio is missed."""
    peers.need("wrk", "nginx", "taskset")
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    figures = measure(numbers[0] if numbers else 5, with_httpbin="--httpbin" in sys.argv)
    for name, rounds in figures.items():
        wall, cpu = (sorted(column) for column in zip(*rounds, strict=True))
        print(
            f"{name:14} {statistics.median(wall):8.0f}/s ({wall[0]:.0f} to {wall[-1]:.0f})"
            f"   {statistics.median(cpu):8.0f} per CPU second ({cpu[0]:.0f} to {cpu[-1]:.0f})"
        )
    wanted = _ratio(figures, "ours /hello", "nginx", 0.5)
    wanted |= _ratio(figures, "ours /get", "aiohttp hello", 1.5)
    if "httpbin /get" in figures:
        wanted |= _ratio(figures, "ours /get", "httpbin /get", 8.0)
    return exit_code(wanted)


if __name__ == "__main__":
    sys.exit(main())
