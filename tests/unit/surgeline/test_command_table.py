"""Every command is found by its name, and asking for one imports no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import surgeline.commands
from surgeline.command_table import NAMES, Commands

NO_COMMANDS = {"builds", "exit_codes", "options", "plans", "questions", "seed_series"}


def test_every_module_with_a_command_is_in_the_table() -> None:
    modules = {path.stem for path in Path(surgeline.commands.__file__).parent.glob("*.py")}
    assert modules - NO_COMMANDS - {"__init__"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_its_name_and_a_help(name: str) -> None:
    command = Commands()[name]
    assert command.name == name
    assert command.help


def test_another_name_is_no_command() -> None:
    assert Commands().get("commands") is None


def test_asking_for_one_command_imports_no_other() -> None:
    code = (
        "import sys; from surgeline.command_table import Commands; Commands()['list'];"
        "print(sorted(name for name in sys.modules if name.startswith('surgeline.commands.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['surgeline.commands.list', 'surgeline.commands.options']"


WITHOUT_ARROW = "import sys; sys.modules['pyarrow'] = None; sys.argv = ['surgeline', 'run', 'baseline']; "


def test_a_missing_package_of_the_lab_is_one_line_that_names_the_extra(tmp_path: Path) -> None:
    code = WITHOUT_ARROW + "from surgeline.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "surgeline[lab]"' in done.stderr
