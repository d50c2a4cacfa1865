"""`surgeline instrument`: a command whose Python processes report their Sessions to the run that has started it."""

from __future__ import annotations

import os

import typer

from harness.model.errors import ConfigError
from harness.session.service.orders import VARIABLE, watched


def instrument(context: typer.Context) -> None:
    """Starts the command after `--` in a run's service, and watches every Session of its Python processes.

    A run watches service.command already. This is for a script that starts the service with a new environment.
    """
    command = context.args[1:] if context.args[:1] == ["--"] else context.args
    if not command:
        raise ConfigError(
            "surgeline instrument", "", "needs a command: surgeline instrument -- gunicorn app:app"
        )
    if VARIABLE not in os.environ:
        problem = (
            f"needs {VARIABLE}, which a run gives to its service; write the command into service.command"
        )
        raise ConfigError("surgeline instrument", "", problem)
    try:
        os.execvpe(command[0], command, watched(os.environ))  # noqa: S606 - the user's own command, no shell
    except OSError as error:
        raise ConfigError(command[0], "", f"cannot be started: {error.strerror}; check the command") from None
