"""Unit tests open no sockets, and one process compiles the twin's simulation for all."""

from pathlib import Path

import pytest
from pytest_socket import disable_socket

COMPILES = "harness/twin/test_simulation.py"
SIMULATE = (
    "surgeline/commands/test_advise.py",
    "harness/twin/test_slo_states.py",
    "dashboard/data/test_predicted_",
    "harness/twin/",
    "harness/tuning/",
    "surgeline/commands/test_map.py",
    "surgeline/commands/test_predict.py",
)
"""What needs the compiled simulation, the longest first."""


@pytest.fixture(autouse=True)
def _no_sockets() -> None:
    disable_socket(allow_unix_socket=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first process begins with the compilation, which takes long; what needs its result comes last."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = Path(__file__).parent
    path = item.path.relative_to(folder).as_posix() if item.path.is_relative_to(folder) else ""
    if path == COMPILES:
        return 0
    return next((2 + rank for rank, each in enumerate(SIMULATE) if path.startswith(each)), 1)
