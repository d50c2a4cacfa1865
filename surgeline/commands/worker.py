"""`surgeline worker`: one more process of a run's service, on this machine or another."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from harness.lab.settings import metrics_address
from harness.lab.worker_token import TOKEN, required_token
from harness.model.worker_limits import WorkerLimits
from harness.observe.direct_http import bypassing_loopback
from surgeline.commands.options import Allowed, TokenFile, address
from surgeline.render.console import err


def worker(
    master: Annotated[str, typer.Option(help="HOST:PORT of a run that was started with --expect-workers.")],
    token_file: TokenFile = "",
    allow_target: Allowed = [],
    allow_secret: Annotated[
        list[str],
        typer.Option(
            metavar="REFERENCE", help="env:NAME or file:PATH that a policy may read; repeat for more."
        ),
    ] = [],
    allow_module: Annotated[
        list[str],
        typer.Option(
            metavar="MODULE", help="A module outside this folder with journeys or factories; repeat for more."
        ),
    ] = [],
) -> None:
    """Adds a service process to a run that was started with --expect-workers on this machine or another.

    Run and worker need the same token. The worker sends load to loopback, its master's host and the allowed targets
    only, reads the allowed secrets only, and loads code from this folder, from surgeline's own journeys, and from the
    allowed modules only.
    """
    host, port = address("--master", master)
    token = required_token(token_file, "a worker serves only a run with the same token")
    metrics_host, metrics_port = metrics_address()
    limits = WorkerLimits(
        master=host,
        folder=os.getcwd(),
        targets=tuple(allow_target),
        secrets=tuple(allow_secret),
        modules=tuple(allow_module),
        metrics_host=metrics_host,
        metrics_port=metrics_port,
    )
    err.print(
        f"Connecting to {host}:{port}, where a run with the same token must be waiting.", soft_wrap=True
    )
    command = [sys.executable, "-P", "-m", "harness.drive", host, str(port), limits.model_dump_json()]
    environment = {**bypassing_loopback(os.environ, host), "SURGELINE_STAY": "1", TOKEN: token}
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell
