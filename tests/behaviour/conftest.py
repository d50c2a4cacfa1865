"""The folders of made runs that the dashboard's unit tests use, no sockets, and a read-only dashboard."""

import pytest
from streamlit import config

from tests.unit.conftest import _no_sockets
from tests.unit.dashboard.conftest import incident, made, on_loopback, ranges_root, root, searched
from tests.unit.dashboard.report.conftest import records

__all__ = ["_no_sockets", "incident", "made", "on_loopback", "ranges_root", "records", "root", "searched"]


@pytest.fixture(params=["set to read-only", "reachable by others"])
def read_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, on_loopback: None) -> None:
    """A dashboard that changes nothing, for either reason."""
    if request.param == "set to read-only":
        monkeypatch.setenv("SURGELINE_READ_ONLY", "1")
    else:
        config.set_option("server.address", "0.0.0.0")  # noqa: S104
