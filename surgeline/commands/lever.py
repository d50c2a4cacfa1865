"""`surgeline lever`: pulls a lever of a live run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from harness.inputs.overrides import toml_value
from harness.lab import lever_channel
from harness.lab.settings import runs_folder
from harness.model.errors import ConfigError
from harness.model.lever_catalogue import LEVERS
from harness.record.reader import find_run
from surgeline.commands.options import RunName
from surgeline.render.console import out


def lever(
    run: RunName,
    name: Annotated[str, typer.Argument(metavar="LEVER", help=f"A lever's name: {', '.join(LEVERS)}.")],
    context: typer.Context,
) -> None:
    """Pulls a lever of a live run: `surgeline lever latest throttle --rate 120`."""
    record = find_run(runs_folder(), run)
    pulled = lever_channel.pull_lever(record, {"lever": name, **lever_settings(name, context.args)})
    if pulled.problem:
        raise ConfigError(record.run.id, name, pulled.problem)
    took = f"{pulled.acknowledged} of {pulled.processes} processes"
    out.print(f"✓ {name} pulled at {pulled.at_s:.1f} s of the run, acknowledged by {took}", style="green")


def lever_settings(name: str, arguments: Sequence[str]) -> dict[str, object]:
    """Reads `--rate 120`, `--rate=120` or `rate_per_s=120`; a unique prefix of a key is enough."""
    known = LEVERS[name].setting_names() if name in LEVERS else ()
    found: dict[str, object] = {}
    for key, value in _pairs(arguments):
        fitting = [full for full in known if full.startswith(key)]
        found[fitting[0] if len(fitting) == 1 else key] = toml_value(value, f"lever {name}")
    return found


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Keys, as the types spell them, with what was given for each."""
    rest = iter(arguments)
    for argument in rest:
        key, equals, value = argument.partition("=")
        given = value if equals else next(rest, None)
        if given is None:
            raise ConfigError("lever", " ".join(arguments), "must be keys with values, such as --rate 120")
        yield key.lstrip("-").replace("-", "_"), given
