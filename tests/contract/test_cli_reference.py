"""The command line's reference says what the command line does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"


def test_the_reference_of_the_command_line_is_up_to_date() -> None:
    typer = str(Path(sys.executable).with_name("typer"))
    command = [typer, "surgeline.cli", "utils", "docs", "--name", "surgeline", "--title", "Command line"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert REFERENCE.read_text().strip() == done.stdout.strip(), "run `make reference`"


def test_the_readme_names_only_commands_that_exist() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    named = set(re.findall(r"(?:^|`)surgeline ([a-z]+)\b", readme, re.MULTILINE))
    known = set(re.findall(r"^\* `(\w+)`", REFERENCE.read_text(), re.MULTILINE))
    assert named <= known
