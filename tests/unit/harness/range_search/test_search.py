"""A search with its folder, with trials that are made of arithmetic."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.model.errors import ConfigError, NotFoundError, TargetError
from harness.model.range import UNFINISHED, OperatingRange, Probe, SearchSpec, Trial
from harness.range_search import search, trials
from harness.record.result_store import RANGES
from mock_upstream.process.stop_signals import Stopped

BOUNDARY, RECOVERS = 363.0, 100.0


def spec(**scenario) -> SearchSpec:
    """What is asked of the shipped baseline."""
    written = read_scenario("baseline")
    noun = written.scenario.model_copy(update=scenario)
    return SearchSpec(policy=read_policy("careful"), scenario=noun, upstream=written.upstream)


def pretended(probe: Probe) -> Trial:
    """A trial whose share of bad calls follows the rate without noise; above 100/s nothing recovers."""
    bad = float(expit(logit(0.01) + 30 * np.log(probe.rate_per_s / BOUNDARY)))
    storm = probe.purpose == "trigger"
    return Trial(
        run="r",
        purpose=probe.purpose,
        rate_per_s=probe.rate_per_s,
        load_s=probe.warmup_s + probe.counted_s,
        counted_s=probe.counted_s,
        n=4000,
        bad_ratio=float(probe.rate_per_s > RECOVERS) if storm else bad,
        allowed_ratio=0.5 if storm else 0.01,
        effective_n=500.0,
        limit_s=0.001,
        measured="the client did not recover within 23.0 s" if storm else "p99(latency), 100 ms",
    )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Probe]:
    """The probes that were made, without any load."""
    probes: list[Probe] = []

    def make(_quest, probe, root, _watch, listed_in):
        assert root.parent == listed_in, "Prometheus reads the listings of the folder of runs"
        probes.append(probe)
        return pretended(probe), None

    monkeypatch.setattr(trials, "make_trial", make)
    monkeypatch.setattr(trials, "make_trigger_test", lambda *given: make(*given)[0])
    return probes


@contextmanager
def follow(_probe: Probe, _found: OperatingRange) -> Iterator:
    """Nobody watches."""
    yield lambda _: None


def test_a_range_ends_with_three_bands_and_is_on_disk(made, tmp_path):
    found = search.search_range(search.begin_range(spec()), tmp_path, follow)
    assert [band.name for band in found.bands] == ["stable", "vulnerable", "overloaded"]
    assert found.stable_up_to is not None
    assert 0.9 * BOUNDARY < found.stable_up_to.value <= BOUNDARY
    assert found.bands[0].to_per_s is not None
    assert found.bands[0].to_per_s <= RECOVERS
    assert RANGES.load(tmp_path / found.id) == found
    assert [r.id for r in RANGES.listed(tmp_path)] == [found.id]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Stopped(signal.SIGTERM)], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_range_goes_on_where_it_stopped(made, tmp_path, stop):
    @contextmanager
    def stop_at_the_sixth(_probe, found):
        if len(found.trials) == 5:
            raise stop
        yield lambda _: None

    begun = search.begin_range(spec())
    with pytest.raises(type(stop)):
        search.search_range(begun, tmp_path, stop_at_the_sixth)
    stopped = RANGES.find(tmp_path, begun.id[-12:])
    assert (stopped.state, len(stopped.trials)) == ("interrupted", 5)
    resumed = search.search_range(stopped, tmp_path, follow)
    assert resumed.state == "complete"
    made.clear()
    whole = search.search_range(search.begin_range(spec()), tmp_path / "other", follow)
    assert resumed.trials == whole.trials


def test_an_slo_without_anything_to_hold_along_the_rate_is_refused():
    scenario = read_scenario("baseline").scenario
    slo = scenario.slo.model_copy(update={"thresholds": ("rate(goodput) > 180/s",)})
    with pytest.raises(ConfigError, match="add a limit of latency"):
        search.begin_range(spec(slo=slo))


@pytest.mark.parametrize("thresholds", [("amplification < 1.2",), ("p99(thread_wait) < 1s",)])
def test_an_slo_that_failed_calls_cannot_break_is_refused(thresholds):
    slo = read_scenario("baseline").scenario.slo.model_copy(update={"thresholds": thresholds})
    with pytest.raises(ConfigError, match="add a limit of errors"):
        search.begin_range(spec(slo=slo))


def test_thresholds_on_rates_are_named_as_left_out():
    assert search.begin_range(spec()).left_out == ("rate(goodput) > 180/s",)


def test_a_name_that_matches_no_range_is_not_found(tmp_path: Path):
    with pytest.raises(NotFoundError, match="no range matches 'latest'"):
        RANGES.find(tmp_path, "latest")


def test_a_generous_within_is_accepted():
    assert SearchSpec(**{**spec().__dict__, "within": 5.0}).within == 5.0


def test_a_closed_loop_has_no_rate_to_search_along():
    closed = read_scenario(
        "baseline",
        read_overrides(["scenario.arrivals=[{shape='closed', users=3, duration_s=10, think_s=0}]"]),
    ).scenario
    with pytest.raises(ConfigError, match="is closed-loop"):
        search.begin_range(spec(arrivals=closed.arrivals))


def test_a_range_keeps_the_command_that_began_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/surgeline", "range", "careful", "--name", "two words"])
    assert search.begin_range(spec()).command == "surgeline range careful --name 'two words'"


def test_a_range_that_has_begun_claims_nothing():
    begun = search.begin_range(spec())
    assert (begun.state, begun.kind, begun.answer, begun.trials) == ("live", "unfinished", UNFINISHED, ())


def test_only_the_probes_of_the_trigger_are_trigger_tests(made, tmp_path):
    found = search.search_range(search.begin_range(spec()), tmp_path, follow)
    assert {t.allowed_ratio for t in found.trials if t.purpose == "trigger"} == {0.5}
    assert {t.allowed_ratio for t in found.trials if t.purpose != "trigger"} == {0.01}


def test_the_trigger_test_alone_is_at_its_rate_and_as_long_as_its_faults_say(
    made, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trials, "make_trigger_test", lambda _spec, probe, *_: pretended(probe))
    trial = search.trigger_at(spec(), 50.0, tmp_path, lambda _: None)
    assert (trial.purpose, trial.rate_per_s, trial.broke) == ("trigger", 50.0, False)
    assert trial.load_s == 0.0, "the search asks for a length"


def test_a_target_takes_no_trigger(tmp_path):
    target = spec().model_copy(update={"target": "http://a.example"})
    with pytest.raises(TargetError, match="cannot have faults; remove --target"):
        search.trigger_at(target, 50.0, tmp_path, lambda _: None)
