"""Owners, days of review and flags of policies and scenarios, as their files have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import KINDS, shipped_folder
from harness.model.ownership import ReviewFinding, review_findings
from harness.model.policy import Policy
from harness.model.scenario import Scenario


def reviewed_folder() -> Path:
    """./scenarios, or the folder of the shipped files where there is none."""
    own = Path("scenarios")
    return own if own.is_dir() else shipped_folder()


def files_of(folder: Path) -> list[tuple[str, Policy | Scenario]]:
    """Every policy, then every scenario of the folder, with its path. Raises ConfigError."""
    policies = sorted((folder / KINDS["policy"]).glob("*.toml"))
    scenarios = sorted((folder / KINDS["scenario"]).glob("*.toml"))
    return [
        *((str(path), read_policy(str(path))) for path in policies),
        *((str(path), read_scenario(str(path)).scenario) for path in scenarios),
    ]


def review_of(file: str, written: Policy | Scenario, today: date) -> list[ReviewFinding]:
    """What has to be done about one file by `today`."""
    settings = written.model_dump(mode="json")
    return review_findings(file, written.owner, written.review_by, written.flag, settings, today)
