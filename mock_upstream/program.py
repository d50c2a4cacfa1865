"""`python -m mock_upstream PROFILE`: the mock upstream alone, without the rest of surgeline."""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mock_upstream.admin.api import ControlApi
from mock_upstream.config.errors import ConfigError
from mock_upstream.config.numbers import whole_number
from mock_upstream.config.syntax import SyntaxProblem, parse_json
from mock_upstream.config.toml import build
from mock_upstream.net.event_loop import new_loop
from mock_upstream.process.owned_folder import sweep_folders
from mock_upstream.process.stop_signals import SIGNALS, exit_code
from mock_upstream.profile import Profile, read_profile
from mock_upstream.server import Upstream

_TOKEN = "SURGELINE_UPSTREAM_TOKEN"  # noqa: S105 - the name of the variable that holds it
_SWITCH_S = 0.0002  # the longest time for which the admin's thread keeps the interpreter


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a stop signal or the parent's end; return the exit code: 128 + the signal, 0, or 2 for bad input."""
    options = _options(argv)
    sys.setswitchinterval(_SWITCH_S)
    sweep_folders()
    try:
        profile = _profile(options.profile)
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(_serve(profile, options))
    except ConfigError as problem:
        return _exit_with(str(problem))
    except OSError as problem:
        return _exit_with(f"cannot listen: {problem.strerror or problem}; choose another host or port")
    return exit_code(SIGNALS.received) if SIGNALS.received is not None else 0


def _profile(name: str) -> Profile:
    """Return the profile in the file, or in one line of standard input for `-`. Raises ConfigError."""
    if name != "-":
        return read_profile(Path(name))
    line = bytearray()
    while not line.endswith(b"\n") and (piece := os.read(0, 1 << 16)):
        line += piece
    try:
        table = parse_json(bytes(line))
    except SyntaxProblem as error:
        raise ConfigError("standard input", "", str(error)) from None
    return build(Profile, table if isinstance(table, dict) else {}, "standard input")


_EPILOG = f"With {_TOKEN} in the environment, the control API requires it as a bearer token."


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def _port(text: str) -> int:
    port = whole_number(text)
    if port is None or port > 65535:
        raise argparse.ArgumentTypeError(f"{text[:60]} is not a port; it must be 0 to 65535")
    return port


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="python -m mock_upstream", description=__doc__, epilog=_EPILOG)
    parser.add_argument(
        "profile", help="a profile file, TOML or JSON; - for one line of JSON from standard input"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
    parser.add_argument(
        "--port", type=_port, default=0, help="port of the first region (default: a free one)"
    )
    parser.add_argument(
        "--admin-host", default="127.0.0.1", help="address of the control API (default: loopback)"
    )
    parser.add_argument("--admin-port", type=_port, default=0, help="port of the control API")
    parser.add_argument(
        "--admin-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name under which the control API is asked, besides its address and localhost; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    parser.add_argument("--exit-with-parent", action="store_true", help="exit when standard input ends")
    parser.add_argument(
        "--hold-timeline",
        action="store_true",
        help="start the timeline at POST /timeline/start instead of now",
    )
    return parser.parse_args(argv)


async def _serve(profile: Profile, options: argparse.Namespace) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    SIGNALS.install(lambda: loop.call_soon_threadsafe(stopped.set))
    upstream = Upstream(profile, loop)
    await upstream.start(options.host, options.port, hold_timeline=options.hold_timeline)
    addresses = upstream.addresses()
    admin = ControlApi(upstream, addresses, os.environ.get(_TOKEN, ""), options.admin_name)
    addresses["admin"] = await asyncio.to_thread(admin.start, options.admin_host, options.admin_port)
    addresses["pid"] = os.getpid()
    _announce(profile, addresses, as_json=options.json)
    gc.collect()
    gc.freeze()  # the objects so far are permanent: the collector can skip them
    if options.exit_with_parent:
        threading.Thread(target=_watch_stdin, args=(loop, stopped), daemon=True).start()
    await stopped.wait()
    await upstream.drain()
    await asyncio.to_thread(admin.stop)
    await asyncio.sleep(0)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    with contextlib.suppress(OSError):  # there is no standard input to watch
        while os.read(0, 4096):
            pass
    loop.call_soon_threadsafe(stopped.set)


def _announce(profile: Profile, addresses: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        lines = [json.dumps(addresses)]
    else:
        lines = [f"{profile.name} is listening. Press Ctrl-C to stop it."]
        lines += [f"  {name:12} {value}" for name, value in addresses.items() if isinstance(value, str)]
        lines.append(f"Example request: curl {addresses['url']}/get")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _exit_with(problem: str) -> int:
    sys.stderr.write(problem + "\n")
    return 2
