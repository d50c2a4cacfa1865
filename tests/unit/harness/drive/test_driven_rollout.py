"""The rows that a driver writes of its rollout."""

from harness.drive.driven_rollout import DrivenRollout, RolloutRow, row_of
from harness.record.schema import TABLES
from harness.session.rollout.decision import ArmSecond
from tests.unit.harness.recorded_rollouts import ROLLOUT, rows_of, worse


def test_a_row_has_the_columns_of_the_table_in_its_order() -> None:
    assert RolloutRow._fields == tuple(TABLES["rollout"].names)


def test_each_second_is_a_row_once_and_counts_from_the_run_s_epoch() -> None:
    rollout = DrivenRollout(ROLLOUT)
    rollout.begin(1000.25)
    for _ in range(3):
        rollout.canary.decision.add(ArmSecond(10, 1), ArmSecond(30, 2))
    rows = [row_of(second, rollout._first_s, 0) for second in rollout._compared]
    assert [row.at_s for row in rows] == [-0.25, 0.75, 1.75]
    assert (rows[0].canary_calls, rows[0].canary_bad, rows[0].baseline_bad) == (10, 1, 2)


def test_a_limit_that_the_plan_lacks_has_no_evidence() -> None:
    row = rows_of(worse, 1)[0]
    assert row.fast_burn_rate is not None
    assert (row.latency_ceiling, row.queue_depth) == (None, None)


def test_the_guards_are_those_of_the_old_policy() -> None:
    assert DrivenRollout(ROLLOUT).guards.hosts == ()
