"""The folders of made runs that the dashboard's unit tests use, and no sockets."""

from tests.unit.conftest import _no_sockets
from tests.unit.dashboard.conftest import made, on_loopback, ranges_root, root, searched
from tests.unit.dashboard.report.conftest import records

__all__ = ["_no_sockets", "made", "on_loopback", "ranges_root", "records", "root", "searched"]
