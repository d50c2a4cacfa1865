"""The command line: the commands of `harness.commands` as one program, and what an error is to the shell."""

from __future__ import annotations

import sys

import typer

from harness import lab, terminal
from harness.commands.check import check
from harness.commands.compare import compare
from harness.commands.dashboard import dashboard
from harness.commands.doctor import doctor
from harness.commands.gallery import gallery
from harness.commands.gate import gate
from harness.commands.init import init
from harness.commands.lever import lever
from harness.commands.listing import list_
from harness.commands.ranges import range_
from harness.commands.rehearse import rehearse
from harness.commands.report import report
from harness.commands.run import run
from harness.commands.schema import schema
from harness.commands.show import show
from harness.commands.suggest import suggest
from harness.commands.tag import tag
from harness.commands.upstream import upstream
from harness.commands.worker import worker
from harness.model.errors import BadInput

BAD_INPUT, INTERRUPTED = 2, 130
PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="How much traffic a requests.Session policy carries before a slow dependency becomes an outage.",
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
app.command()(gallery)
app.command()(schema)
app.command()(init)
app.command("range")(range_)
app.command()(gate)
app.command()(suggest)
app.command()(doctor)


def main() -> None:
    """Runs the command line; every bad input is one line and exit code 2."""
    try:
        app(standalone_mode=True)
    except BadInput as error:
        terminal.err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)
    except lab.Interrupted as stopped:
        terminal.err.print(
            f"interrupted; what was recorded: surgeline show {stopped.record.run.id}", soft_wrap=True
        )
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        terminal.err.print("interrupted before anything was recorded")
        sys.exit(INTERRUPTED)
