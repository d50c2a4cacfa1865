"""The rows that a driver writes of its shadow."""

from harness.drive.driven_shadow import DrivenShadow, ShadowRow
from harness.model.call import Call
from harness.model.slo import Slo
from harness.observe.exporter import Exporter
from harness.record.schema import TABLES
from harness.session.rollout.shadow import ShadowedCall
from tests.unit.harness.recorded_rollouts import SHADOWED

CALL = Call(7, 1, "GET", "GET /orders", 0.0, 0.0)


def test_a_row_has_the_columns_of_the_table_in_its_order() -> None:
    assert ShadowRow._fields == tuple(TABLES["shadow"].names)


def test_each_repetition_is_a_row_once() -> None:
    driven = DrivenShadow(SHADOWED)
    for listen in driven.shadow.listeners:
        listen(ShadowedCall(CALL, "new", ["status", "body.a"]))
        listen(ShadowedCall(CALL, "", []))
    rows = driven.rows()
    assert [(row.arrival, row.step, row.repeated_by, row.different) for row in rows] == [
        (7, 1, "new", "status\nbody.a"), (7, 1, "", ""),
    ]  # fmt: skip
    assert driven.rows() == []


def test_the_metrics_are_those_of_the_counts() -> None:
    driven = DrivenShadow(SHADOWED)
    driven.shadow.counts.add("new", ["status"])
    exporter = Exporter("p", "s", Slo())
    driven.export_to(exporter)
    text = exporter.text().decode()
    assert 'surgeline_shadow_repeated_total{policy="p",scenario="s",repeated_by="new"} 1' in text
    assert 'surgeline_shadow_different_total{policy="p",scenario="s",repeated_by="old"} 0' in text


def test_the_guards_are_those_of_the_old_policy() -> None:
    assert DrivenShadow(SHADOWED).guards.hosts == ()
