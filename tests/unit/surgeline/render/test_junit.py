"""An invalid run is one error, regardless of its thresholds."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from harness.model.verdict import Inconclusive, Margin, Measurement
from harness.record.reader import Record, open_run
from surgeline.render.junit import junit
from tests.unit.dashboard.made_runs import CAREFUL, complete

UNDECIDED = Margin(
    threshold="p99(latency) < 1s",
    limit=1.0,
    measured=Measurement(name="latency.p99", value=0.9, unit="s", n=9, low=None, high=None),
    verdict="inconclusive",
    reason="9 calls are too few",
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A complete run."""
    return open_run(complete(tmp_path_factory.mktemp("runs"), CAREFUL))


@pytest.mark.parametrize(("invalid", "names"), [(False, [UNDECIDED.threshold]), (True, ["the run is valid"])])
def test_only_an_invalid_run_has_a_case_of_its_own(record: Record, invalid: bool, names: list[str]) -> None:
    margins = () if invalid else (UNDECIDED,)
    verdict = Inconclusive(margins=margins, reasons=(UNDECIDED.reason,), invalid=invalid)
    suite = ET.fromstring(junit(record, verdict))  # noqa: S314 - our own document
    assert [case.get("name") for case in suite.findall("testcase")] == names
    assert suite.get("errors") == "1"
