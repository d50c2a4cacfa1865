"""Where the run's epoch is on this machine's clock."""

from __future__ import annotations

import pytest

from harness.drive import epoch
from harness.drive.epoch import epoch_here
from harness.model.driver_messages import Go
from tests.unit.harness.session.fakes import Clock


@pytest.fixture(autouse=True)
def _clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here it is 50 on the monotonic clock and 1,000,000 on the wall clock."""
    monkeypatch.setattr(epoch, "monotonic", Clock(50.0))
    monkeypatch.setattr(epoch, "time", Clock(1_000_000.0))
    monkeypatch.setattr(epoch, "boot_id", lambda: "here")


def _go(boot_id: str) -> Go:
    return Go(run="r", folder="f", epoch_s=7.0, epoch_wall_s=1_000_003.0, boot_id=boot_id)


def test_on_the_lab_s_machine_the_epoch_is_exact() -> None:
    assert epoch_here(_go("here")) == 7.0


def test_elsewhere_the_epoch_comes_by_way_of_the_wall_clock() -> None:
    assert epoch_here(_go("elsewhere")) == pytest.approx(53.0)
