"""The public names: one list, each loaded when it is first used, and none that costs a service what it does not use."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import surgeline

PRODUCTION = "surgeline.session('careful'); surgeline.instrument; surgeline.export"
LAB = (
    "locust",
    "gevent",
    "streamlit",
    "altair",
    "pandas",
    "numpy",
    "scipy",
    "pyarrow",
    "aiohttp",
    "rich",
    "typer",
)


@pytest.mark.parametrize("name", surgeline.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(surgeline, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'crew'"):
        surgeline.crew  # noqa: B018


def test_the_list_is_sorted_and_has_every_name_once() -> None:
    assert list(surgeline.__all__) == sorted(set(surgeline.__all__))
    assert dir(surgeline) == surgeline.__all__


def test_public_names_are_defined_once_in_the_modules_that_they_are_loaded_from() -> None:
    for module, names in surgeline._HOMES.items():
        home = importlib.import_module(module)
        assert all(hasattr(home, name) for name in names), module


@pytest.mark.parametrize("statement", ["", PRODUCTION])
def test_a_production_service_loads_nothing_of_the_lab(statement: str) -> None:
    code = f"import sys, surgeline; {statement}\nprint(sorted(set({LAB!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_name_of_the_lab_without_the_lab_says_what_to_install() -> None:
    code = "import sys; sys.modules['pyarrow'] = None; import surgeline; surgeline.run"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: surgeline.run needs packages that are not installed; "
        'install them: pip install "surgeline[lab]"'
    )


def test_the_command_line_without_the_lab_says_what_to_install_in_one_line() -> None:
    code = "import sys; sys.modules['typer'] = None; from surgeline.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "surgeline: the command line needs packages that are not installed; "
        'install them: pip install "surgeline[lab]"\n'
    )
