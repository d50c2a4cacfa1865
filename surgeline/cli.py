"""The command line: the commands of `surgeline.commands` as one program, and the exit codes of errors."""

from __future__ import annotations

import signal
import sys

import typer

from harness.lab.run import RunInterrupted
from harness.model.errors import SurgelineError
from surgeline.commands.check import check
from surgeline.commands.compare import compare
from surgeline.commands.dashboard import dashboard
from surgeline.commands.doctor import doctor
from surgeline.commands.gate import gate
from surgeline.commands.init import init
from surgeline.commands.lever import lever
from surgeline.commands.list import list_
from surgeline.commands.pitfalls import pitfalls
from surgeline.commands.range import range_
from surgeline.commands.rehearse import rehearse
from surgeline.commands.report import report
from surgeline.commands.run import run
from surgeline.commands.schema import schema
from surgeline.commands.show import show
from surgeline.commands.suggest import suggest
from surgeline.commands.tag import tag
from surgeline.commands.upstream import upstream
from surgeline.commands.worker import worker
from surgeline.render.console import err

REFUSED, INTERRUPTED = 2, 130
PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measures how much traffic a requests.Session policy sustains before a slow dependency causes an outage.",
)
app.command()(check)
app.command()(run)
app.command()(compare)
app.command()(rehearse)
app.command()(worker)
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
app.command()(doctor)


def main() -> None:
    """Runs the command line; every error of surgeline is one line and exit code 2."""
    # A shell ignores SIGINT in what it starts with `&`; a run is ended by it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app(standalone_mode=True)
    except RunInterrupted as stopped:
        err.print(
            f"The run was interrupted. To show its record: surgeline show {stopped.record.run.id}",
            soft_wrap=True,
        )
        sys.exit(INTERRUPTED)
    except SurgelineError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        err.print("The command was interrupted before anything was recorded.")
        sys.exit(INTERRUPTED)
