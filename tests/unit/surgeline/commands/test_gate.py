"""A run against a stored baseline, and the reports for a pipeline."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.assess.baselines import baseline_of
from harness.model.errors import NotFoundError, RecordError
from harness.record.baseline_file import read_baseline, write_baseline
from harness.record.reader import Record, open_run
from surgeline.commands import gate
from surgeline.render.junit import junit
from surgeline.render.markdown import markdown
from tests.unit.dashboard.made_runs import CAREFUL, complete


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A complete run."""
    return open_run(complete(tmp_path_factory.mktemp("runs"), CAREFUL))


@pytest.fixture
def baseline(record: Record, tmp_path: Path) -> Path:
    """That run as a baseline."""
    write_baseline(tmp_path / "baseline.json", baseline_of(record, gate.USUAL))
    return tmp_path / "baseline.json"


def _halved(path: Path, scenario: str):
    before = read_baseline(path, scenario)
    faster = {
        name: m.model_copy(
            update={"value": m.value / 2, "low": m.low and m.low / 2, "high": m.high and m.high / 2}
        )
        for name, m in before.measurements.items()
    }
    return before.model_copy(update={"measurements": faster})


def test_a_baseline_is_read_as_it_was_written(record, baseline):
    before = read_baseline(baseline, record.run.scenario.name)
    assert record.end is not None
    assert before.measurements == record.end.measurements
    assert before == baseline_of(record, gate.USUAL)


def test_a_baseline_of_another_scenario_is_refused(baseline):
    with pytest.raises(RecordError, match="use a baseline of the same scenario"):
        read_baseline(baseline, "another")


def test_a_missing_baseline_names_the_remedy(tmp_path):
    with pytest.raises(NotFoundError, match="create it with --save"):
        read_baseline(tmp_path / "none.json", "any")


def test_a_run_twice_as_slow_as_its_baseline_fails(record, baseline):
    faster = _halved(baseline, record.run.scenario.name)
    verdict = gate.judge_run(record, faster, ("p50(latency) < 1.1x baseline",))
    assert verdict.margins[-1].verdict == "fail"
    assert verdict.kind in {"fail", "inconclusive"}


def test_a_run_is_no_worse_than_itself_by_half(record, baseline):
    same = read_baseline(baseline, record.run.scenario.name)
    verdict = gate.judge_run(record, same, ("p50(latency) < 1.5x baseline",))
    assert verdict.margins[-1].verdict == "pass"


def test_a_run_is_within_a_fifth_of_itself(record, baseline):
    verdict = gate.judge_run(record, read_baseline(baseline, record.run.scenario.name), gate.USUAL)
    assert [margin.verdict for margin in verdict.margins[-2:]] == ["pass", "pass"]


def test_the_usual_thresholds_are_added_where_the_slo_has_none_of_its_own(record, baseline):
    verdict = gate.judge_run(record, read_baseline(baseline, record.run.scenario.name), ())
    assert [m.threshold for m in verdict.margins][-2:] == list(gate.USUAL)


def test_junit_has_a_case_for_each_threshold(record, baseline):
    verdict = gate.judge_run(record, _halved(baseline, record.run.scenario.name), ())
    suite = ET.fromstring(junit(record, verdict))  # noqa: S314 - our own document
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases][: len(verdict.margins)] == [
        m.threshold for m in verdict.margins
    ]
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    assert int(suite.get("errors", "")) == len(suite.findall("testcase/error"))
    assert int(suite.get("tests", "")) == len(cases)


def test_markdown_has_the_verdict_a_row_each_and_both_runs(record, baseline):
    before = read_baseline(baseline, record.run.scenario.name)
    verdict = gate.judge_run(record, before, ())
    text = markdown(record, before, verdict)
    assert text.startswith("### surgeline: ")
    assert sum(line.startswith("| ") for line in text.splitlines()) == len(verdict.margins) + 1
    assert f"`{record.run.id}`" in text


def test_a_baseline_that_cannot_be_written_is_told_in_one_line(record, tmp_path):
    with pytest.raises(RecordError, match="cannot be written"):
        write_baseline(tmp_path / "gone" / "baseline.json", baseline_of(record, ()))
