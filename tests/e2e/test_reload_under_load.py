"""A service under gunicorn whose policy changes under load: no call lost or doubled, nothing left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.reload_under_load import reloaded


@pytest.mark.acceptance
@pytest.mark.timeout(240)
def test_changes_under_load_lose_no_call_and_leave_no_connection(tmp_path: Path) -> None:
    seen = reloaded(tmp_path, changes=25)
    assert seen.missed() == [], seen.lines()
