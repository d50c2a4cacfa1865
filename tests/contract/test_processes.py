"""Facts about processes that the walls rest on."""

import subprocess
import sys
from functools import cache

import pytest

from surgeline.command_table import NAMES

COMMANDS = f"surgeline.cli, {', '.join(f'surgeline.commands.{name}' for name in NAMES)}"


@cache
def _loaded_by(modules: str) -> set[str]:
    """The libraries and packages that the import of modules loads into a new process."""
    code = f"import {modules}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", [COMMANDS, "dashboard.data.cached"])
def test_the_command_line_and_the_dashboard_never_load_gevent(module: str) -> None:
    assert module.partition(".")[0] in _loaded_by(module)
    assert {"gevent", "locust"} & _loaded_by(module) == set()


def test_a_command_loads_neither_pandas_nor_scipy_before_it_needs_them() -> None:
    assert {"pandas", "scipy"} & _loaded_by(COMMANDS) == set()


def test_importing_requests_before_locust_would_break_the_process() -> None:
    code = "import requests, urllib3, ssl; import locust; requests.Session().get('https://127.0.0.1:9')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "RecursionError" in done.stderr


def test_the_driver_imports_locust_first() -> None:
    code = "import sys, harness.drive.__main__ as driver; driver.main(); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    imported = done.stderr.split()
    assert all(imported.index("gevent") < imported.index(name) for name in ("ssl", "requests", "urllib3"))
