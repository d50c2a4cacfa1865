"""Compose takes minutes and root, so it runs only where it is asked for: `pytest -m compose`."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the tests under the marker `compose` out, unless `-m` speaks of it."""
    if "compose" in str(config.getoption("-m")):
        return
    left_out = [item for item in items if item.get_closest_marker("compose")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("compose")]
