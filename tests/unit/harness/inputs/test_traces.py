"""Recorded arrivals, read in when a scenario is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.analyse.schedule import arrival_times
from harness.inputs.overrides import read_overrides
from harness.inputs.scenarios import read_scenario
from harness.inputs.traces import read_trace
from harness.model.errors import ConfigError

SCENARIO = """
name = "recorded"
upstream = "upstream.toml"
journey = "scenarios.journeys.orders:get_order"
[[arrivals]]
shape = "replay"
trace = "arrivals.csv"
"""


def _trace(folder: Path, text: str, name: str = "trace") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _log(*stamps: str) -> str:
    return "".join(f'10.0.0.1 - - [{stamp}] "GET /a HTTP/1.1" 200 12 "-" "curl/8"\n' for stamp in stamps)


def test_a_csv_s_first_column_counts_from_the_first_arrival(tmp_path: Path) -> None:
    path = _trace(tmp_path, "seconds,path\n1000.5,/a\n1000.25,/b\n\n1002,/c\n")
    assert read_trace(path, "csv") == (0.0, 0.25, 1.75)


def test_the_requests_of_one_logged_second_are_spread_evenly_over_it(tmp_path: Path) -> None:
    second = "10/Oct/2000:13:55:36 -0700"
    path = _trace(tmp_path, _log(second, second, second, second, "10/Oct/2000:13:55:38 -0700"))
    assert read_trace(path, "access-log") == (0.0, 0.25, 0.5, 0.75, 2.0)


def test_a_log_in_the_order_of_endings_and_over_a_change_of_zone_is_put_in_order(tmp_path: Path) -> None:
    path = _trace(
        tmp_path,
        _log("29/Oct/2000:02:59:59 +0200", "29/Oct/2000:02:59:58 +0200", "29/Oct/2000:02:00:01 +0100"),
    )
    assert read_trace(path, "access-log") == (0.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("csv", "0.5\nsoon,/a\n", r"trace:2: 'soon' is not a number of seconds; the first column must be"),
        ("csv", "0.5\n-1\n", r"trace:2: '-1' is not a number of seconds"),
        ("csv", "0.5\nnan\n", r"trace:2: 'nan' is not"),
        ("csv", "seconds\n", r"trace: holds no arrivals; a trace needs at least one"),
        (
            "access-log",
            _log("10/Oct/2000:13:55:36 -0700") + "junk\n",
            r"trace:2: 'junk' has no timestamp like",
        ),
        ("access-log", _log("31/Feb/2000:13:55:36 -0700"), r"trace:1: .* has no timestamp like"),
    ],
)
def test_a_line_that_is_no_arrival_is_named(tmp_path: Path, kind: str, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_trace(_trace(tmp_path, text), kind)


def test_a_trace_of_too_many_arrivals_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.inputs.traces.MOST_ARRIVALS", 2)
    with pytest.raises(ConfigError, match="holds more than 2 arrivals; cut it to 2 at most"):
        read_trace(_trace(tmp_path, "1\n2\n3\n"), "csv")


def test_a_scenario_is_read_with_its_trace_beside_it(tmp_path: Path) -> None:
    _trace(tmp_path, 'name = "u"\n', "upstream.toml")
    _trace(tmp_path, "10\n10.5\n13\n", "arrivals.csv")
    scenario = read_scenario(str(_trace(tmp_path, SCENARIO, "recorded.toml"))).scenario
    assert np.allclose(arrival_times(scenario.arrivals, seed=1), [0.0, 0.5, 3.0])
    faster = read_scenario(str(tmp_path / "recorded.toml"), read_overrides(["scenario.arrivals.0.speed=2"]))
    assert faster.scenario.duration_s == pytest.approx(1.5)


def test_a_missing_trace_names_file_and_remedy(tmp_path: Path) -> None:
    _trace(tmp_path, 'name = "u"\n', "upstream.toml")
    with pytest.raises(ConfigError, match=r"arrivals\.csv: does not exist; see arrivals\.trace"):
        read_scenario(str(_trace(tmp_path, SCENARIO, "recorded.toml")))


def test_the_shipped_trace_has_its_surge_at_the_documented_time() -> None:
    scenario = read_scenario("replay").scenario
    times_s = arrival_times(scenario.arrivals, seed=1)
    quiet, surge = (np.sum((times_s >= at_s) & (times_s < at_s + 1.0)) for at_s in (6.0, 8.0))
    assert surge > 4 * quiet
