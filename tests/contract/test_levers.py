"""Every lever of the catalogue has a handler that takes its settings, and a row in the documentation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.model.lever_catalogue import LEVERS

DOCS = Path(__file__).parents[2] / "docs" / "guides" / "incidents.md"
SIGNATURES = """
import inspect, json
from harness.drive.master import Master
from harness.drive.service import Service
from harness.lab.upstream_process import UpstreamProcess
from harness.model.lever_catalogue import LEVERS
from harness.session.resilience.controls import Controls

receivers = {"client": Controls, "service": Service, "processes": Master, "upstream": UpstreamProcess}
found = {}
for name, kind in LEVERS.items():
    parameters = inspect.signature(getattr(receivers[kind.scope], kind.handler)).parameters.values()
    found[name] = [[p.name, p.default is p.empty] for p in parameters if p.name != "self"]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def signatures() -> dict[str, list[tuple[str, bool]]]:
    """The parameters of every handler, and whether each must be given.

    Locust patches the whole process that imports it, so they are read in another one.
    """
    done = subprocess.run([sys.executable, "-c", SIGNATURES], capture_output=True, text=True, check=True)
    found: dict[str, list[tuple[str, bool]]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", LEVERS)
def test_the_handler_of_a_lever_takes_its_settings(
    signatures: dict[str, list[tuple[str, bool]]], name: str
) -> None:
    settings = set(LEVERS[name].setting_names())
    accepted = {parameter for parameter, _ in signatures[name]}
    needed = {parameter for parameter, must in signatures[name] if must}
    assert needed <= settings <= accepted


@pytest.mark.parametrize("name", LEVERS)
def test_the_documentation_names_every_lever_and_its_settings(name: str) -> None:
    (row,) = [line for line in DOCS.read_text().splitlines() if line.startswith("|") and f"`{name}`" in line]
    assert all(f"`{setting}`" in row for setting in LEVERS[name].setting_names())
