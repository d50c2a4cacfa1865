"""A search with its folder, with trials that are made of arithmetic."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit

from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.conductor import AbortRun
from harness.model.driver_messages import Progress
from harness.model.ending import Aborted, Interrupted
from harness.model.errors import ConfigError, NotFoundError, RecordError
from harness.model.range import OperatingRange, Probe, SearchSpec, Trial
from harness.model.run import End, Run
from harness.model.verdict import Inconclusive
from harness.range_search import search, trials
from harness.record.range_store import find_range, load_range, readable_ranges
from harness.record.reader import open_run
from harness.record.writer import create, finish
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
    assert load_range(tmp_path / found.id) == found
    assert [r.id for r in readable_ranges(tmp_path)] == [found.id]


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
    stopped = find_range(tmp_path, begun.id[-12:])
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
        find_range(tmp_path, "latest")


def test_a_trial_with_an_unbounded_backlog_is_ended_early():
    probe = Probe(purpose="bracket", rate_per_s=800.0, warmup_s=1.0, counted_s=4.0)
    lookout = trials.EarlyStop(probe, read_scenario("baseline").scenario.slo, lambda _: None)
    seconds = (
        Progress(
            at_s=float(s), arrived=800 * s, calls=400 * s, errors=0, rate_per_s=400.0, good_per_s=400.0, p99_s=0.5,
            busy_threads=200, queued_journeys=400 * s - 200, draining=False,
        )
        for s in range(1, 9)
    )  # fmt: skip
    with pytest.raises(AbortRun) as abort:
        list(map(lookout, seconds))
    assert abort.value.end == Aborted(cause="unbounded backlog")
    assert lookout.ended_s == 4.0


def test_a_generous_within_is_accepted():
    assert SearchSpec(**{**spec().__dict__, "within": 5.0}).within == 5.0


def test_a_trial_that_was_interrupted_is_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = spec()
    end = End(
        state="interrupted",
        early=Interrupted(),
        ended_at=datetime(2026, 1, 1, tzinfo=UTC),
        measurements={},
        verdict=Inconclusive(),
    )
    identity = Run(
        id="20260101-000000-s-p-abcdef",
        policy=asked.policy,
        scenario=asked.scenario,
        upstream=asked.upstream,
        seed=1,
        target="",
        started_at=end.ended_at,
        epoch_s=0.0,
    )
    folder = create(tmp_path, identity)
    finish(folder, end)
    monkeypatch.setattr(trials, "_run", lambda *_: open_run(folder))
    probe = Probe(purpose="bracket", rate_per_s=10.0, warmup_s=1.0, counted_s=4.0)
    with pytest.raises(RecordError, match=r"was cut short: stopped by Ctrl-C; .* --resume"):
        trials.make_trial(asked, probe, tmp_path, lambda _: None)
