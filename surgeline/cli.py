"""The command line: the commands of `surgeline.commands` as one program, and the exit codes of errors."""

from __future__ import annotations

import gc
import os
import signal
import sys

import typer

from harness.model.ending import stop_text
from harness.model.errors import SurgelineError
from harness.record.interrupted_run import RunInterrupted
from mock_upstream.config.printable import one_line
from mock_upstream.process.stop_signals import SIGNALS, Stopped, exit_code
from surgeline.command_table import CommandTable
from surgeline.machine_limits import remedy_for
from surgeline.render.console import err
from surgeline.render.error_report import write_error_report
from surgeline.render.standard_streams import READER_LEFT, OutputLostError, drop_output, open_standard_streams

REFUSED, UNFORESEEN = 2, 70
CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]
"""The base of Typer's errors about arguments; Typer itself exports only this one of them."""

app = typer.Typer(
    cls=CommandTable,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measures how much traffic a requests.Session policy sustains before a slow dependency causes an outage.",
)


@app.callback()
def _program() -> None:
    """A program of several commands, none of which is registered with Typer before it is asked for."""


def main() -> None:
    """Runs the command line; every error is one line, and the exit code tells its kind."""
    SIGNALS.install()
    open_standard_streams()
    code = _exit_code()
    drop_output()
    gc.freeze()  # The interpreter's end searches all objects of pandas and scipy for garbage, for most of a second.
    sys.exit(code)


def _exit_code() -> int:
    """Runs the command, prints its error in one line, and returns the exit code."""
    try:
        code = int(app(args=sys.argv[1:] or ["--help"], prog_name="surgeline", standalone_mode=False) or 0)
        sys.stdout.flush()
    except OutputLostError as lost:
        if lost.exit_code != READER_LEFT:
            _print_error(f"standard output cannot be written: {lost}; the result was not printed whole")
        return lost.exit_code
    except RunInterrupted as stopped:
        _print_error(
            f"The run was interrupted. To show its record: surgeline show {stopped.record.run.id}", ""
        )
        return exit_code(SIGNALS.received or signal.SIGINT)
    except Stopped as stopped:
        _print_error(f"The command was stopped by {stop_text(stopped.signal.name)}.", "")
        return exit_code(stopped.signal)
    except (SurgelineError, CommandLineError) as error:
        _print_error(str(error) if isinstance(error, SurgelineError) else _usage_problem(error))
        return REFUSED
    except Exception as error:
        return _unforeseen(error)
    return code


def _usage_problem(error: Exception) -> str:
    """What is wrong with the command's arguments, and where they are described."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "surgeline"
    message = getattr(error, "format_message", error.__str__)()
    return f"{path}: {message.rstrip('.')}; see {path} --help"


def _unforeseen(error: Exception) -> int:
    """Prints one line about an exhausted machine, or a defect of surgeline, and returns the exit code."""
    if remedy := remedy_for(error):
        what = os.strerror(error.errno or 0) if isinstance(error, OSError) else "Cannot allocate memory"
        _print_error(f"surgeline: {what}; {remedy}")
        return REFUSED
    report = write_error_report(error)
    where = (
        f"the details are in {report}" if report is not None else "no file could be written with the details"
    )
    _print_error(f"surgeline failed unexpectedly ({type(error).__name__}: {str(error)[:200]}); {where}")
    return UNFORESEEN


def _print_error(line: str, style: str = "red") -> None:
    err.print(one_line(line), style=style, soft_wrap=True)
