"""The command line: the commands of `surgeline.commands` as one program, and the exit codes of errors."""

from __future__ import annotations

import gc
import os
import signal
import sys

import typer

from harness.lab.run import RunInterrupted
from harness.model.ending import stop_text
from harness.model.errors import SurgelineError
from mock_upstream.config.printable import one_line
from mock_upstream.process.stop_signals import SIGNALS, Stopped, exit_code
from surgeline.commands.advise import advise
from surgeline.commands.calibrate import calibrate
from surgeline.commands.check import check
from surgeline.commands.compare import compare
from surgeline.commands.dashboard import dashboard
from surgeline.commands.doctor import doctor
from surgeline.commands.gate import gate
from surgeline.commands.init import init
from surgeline.commands.instrument import instrument
from surgeline.commands.learn import learn
from surgeline.commands.lever import lever
from surgeline.commands.list import list_
from surgeline.commands.map import map_
from surgeline.commands.pitfalls import pitfalls
from surgeline.commands.predict import predict
from surgeline.commands.range import range_
from surgeline.commands.rehearse import rehearse
from surgeline.commands.report import report
from surgeline.commands.rollout import rollout
from surgeline.commands.run import run
from surgeline.commands.schema import schema
from surgeline.commands.show import show
from surgeline.commands.suggest import suggest
from surgeline.commands.tag import tag
from surgeline.commands.tune import tune
from surgeline.commands.upstream import upstream
from surgeline.commands.worker import worker
from surgeline.machine_limits import remedy_for
from surgeline.render.console import err
from surgeline.render.error_report import write_error_report
from surgeline.render.standard_streams import READER_LEFT, OutputLostError, drop_output, open_standard_streams

REFUSED, UNFORESEEN = 2, 70
CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]
"""The base of Typer's errors about arguments; Typer itself exports only this one of them."""
PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measures how much traffic a requests.Session policy sustains before a slow dependency causes an outage.",
)
app.command()(check)
app.command()(run)
app.command()(compare)
app.command()(predict)
app.command("map")(map_)
app.command()(calibrate)
app.command()(tune)
app.command()(rehearse)
app.command()(rollout)
app.command()(worker)
app.command(context_settings=PASSES_ON)(instrument)
app.command(context_settings=PASSES_ON)(lever)
app.command("list")(list_)
app.command()(show)
app.command()(tag)
app.command()(report)
app.command(context_settings=PASSES_ON)(upstream)
app.command()(dashboard)
app.command()(pitfalls)
app.command()(schema)
app.command()(init)
app.command("range")(range_)
app.command()(gate)
app.command()(suggest)
app.command()(learn)
app.command()(advise)
app.command()(doctor)


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
