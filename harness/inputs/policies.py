"""Policies, read from their files. A service that builds its Session from one needs no more than this."""

from __future__ import annotations

import os

from harness.inputs.overrides import Overrides, overridden
from harness.inputs.shipped_files import find_file
from harness.model.policy import Policy
from mock_upstream.config.toml import build, read


def read_policy(name: str, overrides: Overrides | None = None) -> Policy:
    """Reads one policy. Raises ConfigError."""
    path = find_file("policy", name)
    written = build(Policy, overridden(read(path), "policy", overrides), str(path))
    if written.path is None:
        return written
    return written.model_copy(update={"path": os.path.abspath(path.parent / written.path)})
