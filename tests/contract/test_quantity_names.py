"""A duration is named where it is measured and in the table of quantities; nearly everything else is made from it."""

import re
from pathlib import Path

import pytest

from harness.model.quantities import DURATIONS

ROOT = Path(__file__).parents[2]
TABLE = {"harness/model/call.py", "harness/model/quantities.py"}
MEASURED = ("harness/session/", "harness/twin/")
"""Where a duration is measured, and where it is simulated."""
ABOUT_IT = {
    "pool_wait": {
        "dashboard/components/run_sections.py": "one of the run page's five headlines",
        "dashboard/data/setting_effects.py": "settings of the pool act on it",
        "harness/analyse/measure/measurements.py": "callers that starve wait for a connection",
        "harness/observe/journal.py": "a request is on the wire after it",
        "harness/pitfalls/check.py": "what a pitfall measures",
        "harness/pitfalls/model.py": "what a pitfall measures",
    },
    "thread_wait": {
        "dashboard/data/setting_effects.py": "settings that hold a thread for longer act on it",
        "dashboard/report/contents.py": "one of the report's five headlines",
    },
    "schedule_lag": {
        "harness/analyse/range/stalls.py": "a stall of the generator spoils the calls of a trial",
        "harness/analyse/verdict/lateness.py": "the lateness that is taken off",
        "harness/analyse/verdict/validity.py": "a late generator makes a run invalid",
        "harness/lab/doctor.py": "the machine's schedule error",
        "harness/observe/panels.py": "the panel of the generator's lateness",
    },
    "first_byte": {
        "harness/analyse/measure/measurements.py": "an attempt that was sent has one",
        "harness/analyse/suggest.py": "a read timeout is suggested from it",
        "harness/observe/exporter.py": "OpenTelemetry's duration of an attempt",
        "harness/observe/journal.py": "the end of an attempt on the wire",
        "harness/pitfalls/check.py": "what a pitfall measures",
        "harness/pitfalls/model.py": "what a pitfall measures",
    },
}
"""Modules that are about one duration in particular, and why."""
# Names of one word, such as connect and body, mean other things too.
NAMES = [row.name for row in DURATIONS if "_" in row.name]


def spelled_in(name: str) -> set[str]:
    """The product's modules with this name in them, also as a field, a column, a measurement or a metric."""
    word = re.compile(rf"(?<![a-z]){name}(_s|_seconds)?(?![a-z_])")
    files = (
        p for root in ("surgeline", "dashboard", "harness", "scenarios") for p in (ROOT / root).rglob("*.py")
    )
    return {str(p.relative_to(ROOT)) for p in files if word.search(p.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("name", NAMES)
def test_a_duration_is_spelled_only_where_it_is_measured_or_meant_in_particular(name: str) -> None:
    others = {path for path in spelled_in(name) - TABLE if not path.startswith(MEASURED)}

    assert others == set(ABOUT_IT.get(name, {}))


def test_the_contract_watches_the_durations_that_have_a_name_of_their_own() -> None:
    assert set(ABOUT_IT) <= set(NAMES)
