"""The options and arguments that several commands have in common."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from harness.model.errors import ConfigError
from harness.model.scenario import MOST_SEED

MOST_PORT = 65535

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a shipped scenario's name.")
]
PolicyName = Annotated[str, typer.Option("--policy", "-p", help="A policy file, or a shipped policy's name.")]
PolicyNames = Annotated[
    list[str], typer.Option("--policy", "-p", help="A policy file or name; repeat for more.")
]
Seed = Annotated[int | None, typer.Option(min=0, max=MOST_SEED, help="The seed, instead of the scenario's.")]
Settings = Annotated[
    list[str],
    typer.Option("--set", metavar="KEY=VALUE", help="Override a value, e.g. policy.adapter.pool_maxsize=5."),
]
Target = Annotated[str, typer.Option(help="Send the load to this URL instead of the mock upstream.")]
Allowed = Annotated[
    list[str],
    typer.Option("--allow-target", metavar="HOST", help="A host that may receive load; repeat for more."),
]
TokenFile = Annotated[
    str,
    typer.Option(
        "--token-file", metavar="FILE", help="The token of run and workers; else SURGELINE_WORKER_TOKEN."
    ),
]
ScenarioOrNone = Annotated[
    str,
    typer.Argument(
        metavar="[SCENARIO]", help="A scenario file, or a shipped scenario's name; none with --resume."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's name, a unique part of it, or `latest`.")
]

Backend = Annotated[
    str, typer.Option(metavar="loky|threading|dask|ray", help="What spreads the simulations, by joblib.")
]
Cluster = Annotated[str, typer.Option(metavar="ADDRESS", help="The scheduler of a Dask or Ray cluster.")]


def address(option: str, text: str) -> tuple[str, int]:
    """Reads HOST:PORT. Raises ConfigError."""
    found = re.fullmatch(r"(.+):([0-9]{1,5})", text)
    if found is None or int(found[2]) > MOST_PORT:
        raise ConfigError(option, text, "must be HOST:PORT")
    return found[1], int(found[2])


def share(option: str, text: str) -> float:
    """Reads `5%` as 0.05; 0 for an empty text. Raises ConfigError."""
    if not text:
        return 0.0
    found = re.fullmatch(r"\s*([0-9]{1,6}(?:\.[0-9]{0,6})?)\s*%", text)
    if found is None or float(found[1]) <= 0:
        raise ConfigError(option, text, "must be a percentage, such as 5%")
    return float(found[1]) / 100.0


def duration_s(option: str, text: str, least_s: float) -> float:
    """Reads `90s`, `10m` or `1h` as seconds, at least `least_s`. Raises ConfigError."""
    found = re.fullmatch(r"\s*([0-9]{1,6}(?:\.[0-9]{0,3})?)\s*([smh])", text)
    if found is None:
        raise ConfigError(option, text, "must be a time, such as 90s, 10m or 1h")
    seconds = float(found[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2]]
    if seconds < least_s:
        raise ConfigError(option, text, f"must be at least {least_s:g}s")
    return seconds


def refuse_beside_resume(context: typer.Context, *used: str) -> None:
    """Raises ConfigError for an argument or option of the command line that --resume would ignore.

    `used` are the names of the parameters that a continued search or map uses.
    """
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in {"resume", *used} and source is not None and source.name == "COMMANDLINE":
            shown = parameter.opts[0] if parameter.opts[0].startswith("-") else name.upper()
            problem = "cannot be given with --resume, which continues with what was given first; leave it out"
            raise ConfigError(context.command.name or "", shown, problem)
