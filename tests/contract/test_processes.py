"""Facts about processes that the walls rest on."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "statement", ["import surgeline.cli, harness.lab.run", "import dashboard.data.cached"]
)
def test_the_command_line_and_the_dashboard_never_load_gevent(statement: str) -> None:
    code = f"{statement}\nimport sys; print({{'gevent', 'locust'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_command_loads_neither_pandas_nor_scipy_before_it_needs_them() -> None:
    code = "import surgeline.cli\nimport sys; print({'pandas', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_importing_requests_before_locust_would_break_the_process() -> None:
    code = "import requests, urllib3, ssl; import locust; requests.Session().get('https://127.0.0.1:9')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "RecursionError" in done.stderr


def test_the_driver_imports_locust_first() -> None:
    from pathlib import Path

    import harness.drive

    main = Path(harness.drive.__file__).with_name("__main__.py").read_text()
    imports = [line for line in main.splitlines() if line.startswith(("import ", "from "))]
    assert imports[0].startswith("import locust")
