"""Scenarios and upstreams, read from their files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from harness.inputs.overrides import Overrides, overridden
from harness.inputs.shipped_files import find_file, is_file
from harness.inputs.traces import with_traces
from harness.model.errors import ConfigError
from harness.model.scenario import MOST_SEED, Scenario
from mock_upstream.config.toml import build, read
from mock_upstream.profile import Profile, read_profile


@dataclass(frozen=True, slots=True)
class Written:
    """A scenario as written, with the upstream that it names."""

    scenario: Scenario
    upstream: Profile


def read_scenario(name: str, overrides: Overrides | None = None) -> Written:
    """Reads one scenario, its traces and the upstream it names, relative to the scenario's file. Raises ConfigError."""
    path = find_file("scenario", name)
    table = with_traces(overridden(read(path), "scenario", overrides), path.parent)
    written = build(Scenario, table, str(path))
    beside = path.parent / written.upstream
    if not is_file(beside):
        raise ConfigError(str(path), "upstream", f"is {written.upstream!r}, but there is no file {beside}")
    return Written(_in_its_folder(written, path), read_upstream(str(beside), overrides))


def _in_its_folder(scenario: Scenario, path: Path) -> Scenario:
    """The scenario with the whole path of the folder of its service. Raises ConfigError."""
    service = scenario.service
    if not service.command:
        return scenario
    folder = path.parent / service.folder
    if not folder.is_dir():
        raise ConfigError(
            str(path), "service.folder", f"is {service.folder!r}, but there is no folder {folder}"
        )
    moved = service.model_copy(update={"folder": os.path.abspath(folder)})
    return scenario.model_copy(update={"service": moved})


def with_seed(scenario: Scenario, seed: int | None) -> Scenario:
    """The scenario with another seed; as it is for None. Raises ConfigError."""
    if seed is None:
        return scenario
    if not 0 <= seed <= MOST_SEED:
        raise ConfigError("seed", str(seed)[:40], f"must be 0 to {MOST_SEED}")
    return scenario.model_copy(update={"seed": seed})


def read_upstream(name: str, overrides: Overrides | None = None) -> Profile:
    """Reads one upstream. Raises ConfigError."""
    path = find_file("upstream", name)
    profile = read_profile(path)
    if not (overrides or {}).get("upstream"):
        return profile
    return build(
        Profile, overridden(profile.model_dump(exclude_unset=True), "upstream", overrides), str(path)
    )
