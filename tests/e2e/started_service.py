"""A run of a service of the tests, under the server and the policy of the test."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.run import run_plan
from harness.record.reader import Record

SERVICES = Path(__file__).with_name("services")
SHIPPED = Path(__file__).parents[2] / "scenarios"

SCENARIO = """
name = "{name}"
seed = 3
upstream = "{shipped}/upstreams/fixed-8x20ms.toml"
journey = "tests.e2e.services.journeys:{journey}"
[service]
threads = 8
processes = {processes}
command = {command}
folder = "{folder}"
ready = "/ready"
env = {{ API = "{{upstream}}" }}
[[arrivals]]
rate_per_s = {rate_per_s}
duration_s = {duration_s}
[slo]
warmup_s = 0
thresholds = ["ratio(error) < 1%"]
"""


def scenario_file(
    folder: Path, command: list[str], journey: str = "every_way", processes: int = 1,
    rate_per_s: float = 20.0, duration_s: float = 2.0,
) -> Path:  # fmt: skip
    """The scenario's file for a server's command."""
    path = folder / "tested.toml"
    text = SCENARIO.format(
        name="tested", shipped=SHIPPED, journey=journey, processes=processes, command=command,
        folder=SERVICES, rate_per_s=rate_per_s, duration_s=duration_s,
    )  # fmt: skip
    path.write_text(text.replace("'", '"'))
    return path


def recorded(runs: Path, file: Path, policy: str = "as-is") -> Record:
    """The record of one run."""
    written = read_scenario(str(file))
    return run_plan(Plan(read_policy(policy), written.scenario, written.upstream), runs)


def wire(record: Record) -> tuple[pd.Series, pd.Series]:
    """Which attempts the client's and the upstream's side have, as "key#number", sorted."""
    attempts, served = record.table("attempts"), record.table("served")
    of_client = (
        attempts["arrival"].astype(str)
        + "."
        + attempts["step"].astype(str)
        + "#"
        + attempts["number"].astype(str)
    )
    of_upstream = served["key"] + "#" + served["attempt"].astype(str)
    return of_client.sort_values(ignore_index=True), of_upstream.sort_values(ignore_index=True)
