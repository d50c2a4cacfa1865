"""How often changed policies were taken and refused."""

from harness.session.reload_counts import RELOADS, ReloadCounts


def test_a_process_begins_at_zero_and_has_one_count() -> None:
    assert ReloadCounts() == ReloadCounts(taken=0, refused=0)
    assert isinstance(RELOADS, ReloadCounts)
