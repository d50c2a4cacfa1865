"""The timeline as annotations."""

from harness.observe.active_faults import active, planned
from tests.unit.harness.observe.calls import made_scenario

LATENCY = {"kind": "latency", "add_s": 0.3}
STATUS = {"kind": "status", "status": 503, "name": "brownout"}
SCENARIO = made_scenario(
    timeline=[
        {"at_s": 4.0, "for_s": 2.0, "fault": LATENCY},
        {"at_s": 5.0, "fault": STATUS},
        {"at_s": 9.0, "for_s": 1.0, "fault": LATENCY},
    ]
)


def test_everything_in_the_timeline_is_known_from_the_start() -> None:
    assert planned(SCENARIO) == ["latency", "brownout"]


def test_a_fault_is_on_from_its_start_until_its_end() -> None:
    on = {at_s: active(SCENARIO, at_s) for at_s in (3.9, 4.0, 5.5, 6.0, 9.5)}

    assert on == {
        3.9: set(),
        4.0: {"latency"},
        5.5: {"latency", "brownout"},
        6.0: {"brownout"},
        9.5: {"latency", "brownout"},
    }
