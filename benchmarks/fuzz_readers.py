"""The readers of files: how each kind of file is placed, and how it is read."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import TIMEOUT_MAX

from pydantic import ValidationError
from urllib3.util import Retry, Timeout

from benchmarks.fuzz_kind import Kind
from benchmarks.fuzz_sources import of_other_programs
from dashboard.data.background_jobs import NOTES as JOBS
from dashboard.data.background_jobs import background_jobs
from dashboard.data.frame_json import from_json
from harness.advise.advisor import advise
from harness.advise.contradictions import contradictions
from harness.assess.runs import evidence_of
from harness.inputs import traces
from harness.inputs.answer_sheets import read_answers
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.rollouts import read_rollout_plan
from harness.inputs.scenarios import read_scenario, read_upstream
from harness.inputs.shipped_files import file_names, shipped_folder
from harness.model.driver_messages import Prepare, to_driver
from harness.model.errors import SurgelineError
from harness.model.lever import Pull
from harness.model.slo import ThresholdSyntax, parse
from harness.pitfalls.model import Pitfall
from harness.record.baseline_file import read_baseline
from harness.record.machine import MACHINE_CHECK_FILE, machine_check
from harness.record.notes import FILE as NOTES
from harness.record.notes import notes
from harness.record.reader import Record, find_run, list_runs
from harness.record.result_store import RANGES
from harness.record.tags import FILE as TAGS
from harness.session.errors import PolicyError
from harness.session.resilience.pipeline import Pipeline
from mock_upstream.config.toml import load

ROOT = Path(__file__).parents[1]
OLD = ROOT / "tests" / "fixtures" / "schema_1"
TRACE = b"seconds,path\n0.0,/a\n0.25,/b\n1.5,/a\n"
LOG = b'127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n' * 3
TAGGED = b'["nightly", "main"]'
CHECKED = b"""{"made_at": "2026-01-01T00:00:00Z", "machine": {"cpus": 2}, "driver_ceiling_per_s": 800.0,
 "measurements": [], "remarks": []}"""
NOTED = b'[{"at_s": 1.5, "text": "the deployment"}, {"at_s": 9, "text": "the end"}]'
TIMES = b"0.01\n0.02\n1e-3\n"
FRAME = b'{"rows": 2, "columns": [["a", "float64", [1.0, null]], ["b", "object", ["x", "y"]]]}'
JOB = b"""{"pid": 1, "born_s": 1.5, "started_at": "2026-01-01T00:00:00", "output": "/tmp/none", "verb": "run",
 "about": "baseline"}"""
PULL = b'{"id": "a1", "who": "ana", "lever": {"lever": "throttle", "rate_per_s": 120}}'


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder with the shipped files and a runs folder with one run and one range, all of which may be damaged."""
    with TemporaryDirectory(prefix="surgeline-fuzz-") as name:
        folder = Path(name)
        shutil.copytree(
            shipped_folder(), folder / "scenarios", ignore=shutil.ignore_patterns("*.py", "__pycache__")
        )
        shutil.copytree(OLD, folder / "runs")
        yield folder


def kinds(folder: Path) -> list[Kind]:
    """Every kind, for a workspace."""
    return [
        *_of_people(folder / "scenarios"), *_of_programs(), *of_other_programs(), *_of_records(folder), *_of_pages(),
    ]  # fmt: skip


def _of_people(shipped: Path) -> Iterator[Kind]:
    """What people write: files and options."""
    scenarios, policies, upstreams, pitfalls, answers, rollouts = (
        tuple(path.read_bytes() for path in sorted((shipped / name).glob("*.toml")))
        for name in ("", "policies", "upstreams", "pitfalls", "answers", "rollouts")
    )
    slos = (read_scenario(name).scenario.slo for name in file_names("scenario"))
    thresholds = tuple(text.encode() for slo in slos for text in slo.thresholds)
    yield Kind("scenario", "scenarios/fuzz.toml", scenarios, lambda path: read_scenario(str(path)), 6)
    yield Kind("policy", "scenarios/policies/fuzz.toml", policies, _policy, 6)
    yield Kind(
        "upstream", "scenarios/upstreams/fuzz.toml", upstreams, lambda path: read_upstream(str(path)), 4
    )
    yield Kind("pitfall", "scenarios/pitfalls/fuzz.toml", pitfalls, lambda path: load(Pitfall, path), 2)
    yield Kind("answers", "scenarios/answers/fuzz.toml", answers, _answers, 2)
    yield Kind(
        "rollout plan", "scenarios/rollouts/fuzz.toml", rollouts, lambda path: read_rollout_plan(str(path)), 2
    )
    yield Kind("service times", "scenarios/upstreams/times.csv", (TIMES,), _service_times, 1)
    yield Kind("threshold", "threshold.txt", thresholds, _threshold, 3)
    yield Kind("override", "override.txt", OVERRIDES, _override, 3)


def _policy(path: Path) -> None:
    """What a policy is made of works for some calls, whose waits are ones that a thread can wait."""
    policy, now = read_policy(str(path)), [50.0]

    def sleep(seconds: float) -> None:
        assert 0.0 <= seconds < TIMEOUT_MAX, f"sleeps for {seconds} s"
        now[0] += seconds

    pipeline = Pipeline(policy, lambda: now[0], sleep, Random(1))  # noqa: S311
    for status in (200, 503, None, 429) * 4:
        context = pipeline.begin()
        with suppress(PolicyError):
            pipeline.admit(context, "http://a")
            given = Timeout(connect=policy.timeout.connect_s, read=policy.timeout.read_s)
            timeouts = pipeline.timeouts(context, given)
            with socket.socket() as sock:
                sock.settimeout(timeouts.connect_timeout)  # type: ignore[attr-defined]
            pipeline.result(context, "http://a", status)
            pipeline.retry(context, Retry(3), 0.0)
            pipeline.admit(context, "http://a")
        context.settle(now[0], None)
        context.let_go()
    longest_s = max(
        policy.bulkhead.wait_s if policy.bulkhead else 0.0,
        policy.limiter.max_wait_s if policy.limiter else 0.0,
    )
    assert longest_s < TIMEOUT_MAX, f"waits for {longest_s} s"


def _answers(path: Path) -> object:
    answers, learned = read_answers(str(path))
    return contradictions(answers) or advise(answers, learned)


def _of_programs() -> Iterator[Kind]:
    """What other programs write: levers, traces, orders."""
    yield Kind("lever", "lever.request.json", (PULL,), lambda path: load(Pull, path), 2)
    yield Kind("trace", "trace.csv", (TRACE,), lambda path: traces.read_trace(path, "csv"), 2)
    yield Kind("access log", "access.log", (LOG,), lambda path: traces.read_trace(path, "access-log"), 1)
    yield Kind("order", "order.json", (_order(),), _orders, 1)


def _of_records(folder: Path) -> Iterator[Kind]:
    """What surgeline records."""
    run = next((folder / "runs").glob("*-dependency-slowdown-*")).relative_to(folder)
    searched = next((folder / "runs").glob("*-range-*")).relative_to(folder)

    def kept(path: Path) -> tuple[bytes, ...]:
        return ((folder / path).read_bytes(),)

    check = Path("runs") / MACHINE_CHECK_FILE
    yield Kind("run.json", str(run / "run.json"), kept(run / "run.json"), _runs, 2)
    yield Kind("end.json", str(run / "end.json"), kept(run / "end.json"), _runs, 2)
    yield Kind("tags", str(run / TAGS), (TAGGED,), _runs, 1)
    yield Kind("notes", str(run / NOTES), (NOTED,), lambda path: notes(path.parent), 1)
    yield Kind("range.json", str(searched / "range.json"), kept(searched / "range.json"), _ranges, 2)
    yield Kind("baseline", "runs/baseline.json", kept(Path("runs/baseline.json")), _baseline, 2)
    yield Kind("machine check", str(check), (CHECKED,), lambda path: machine_check(path.parent), 1)
    for name in ("calls", "attempts", "events", "served", "pool", "driver"):
        table = run / f"{name}.parquet"
        yield Kind(table.name, str(table), kept(table), _tables, 1)


def _of_pages() -> Iterator[Kind]:
    """What the dashboard keeps beside the records."""
    yield Kind(
        "background job", f"runs/{JOBS}/fuzz.json", (JOB,), lambda path: background_jobs(path.parents[1]), 1
    )
    yield Kind("computed frame", "frame.json", (FRAME,), _frame, 1)


OVERRIDES = (
    b"scenario.arrivals.0.rate_per_s=300", b"policy.adapter.pool_maxsize=5", b"upstream.capacity.workers=4",
    b"scenario.service.threads=8", b'policy.session.auth={kind="bearer", token="env:HOME"}',
    b"upstream.fault.0.ratio=0.5", b'scenario.slo.thresholds=["p99(latency) < 1s"]',
)  # fmt: skip


def read_one(kind: Kind, path: Path) -> None:
    """Reads a file; what a reader may raise is no finding."""
    with suppress(SurgelineError):
        kind.read(path)


def _service_times(path: Path) -> None:
    upstream = path.with_name("timed.toml")
    upstream.write_text('name = "timed"\n[service_time]\ndistribution = "empirical"\ncsv = "times.csv"\n')
    read_upstream(str(upstream))


def _frame(path: Path) -> None:
    """ValueError is how it says that it is none."""
    with suppress(ValueError):
        from_json(path.read_bytes().decode("utf-8", "replace"))


def _threshold(path: Path) -> None:
    with suppress(ThresholdSyntax):
        parse(path.read_bytes().decode("utf-8", "replace"))


def _override(path: Path) -> None:
    overrides = read_overrides([path.read_bytes().decode("utf-8", "replace")])
    read_scenario("malformed-data", overrides)
    read_policy("careful", overrides)


def _order() -> bytes:
    written = read_scenario("baseline")
    order = Prepare(
        policy=read_policy("careful"),
        scenario=written.scenario,
        seed=1,
        target="http://127.0.0.1:1",
        folder_on_path=".",
    )
    return order.model_dump_json().encode()


def _orders(path: Path) -> None:
    with suppress(ValidationError):
        to_driver.validate_json(path.read_bytes())


def _runs(path: Path) -> None:
    """Lists and looks up: the other folders are never in the way."""
    root = path.parents[1]
    listed = list_runs(root)
    assert len(listed) == 1, "a damaged run is listed"
    for item in listed:
        if isinstance(item, Record):
            assert item.state in {"live", "complete", "interrupted"}
        else:
            assert len(str(item.error)) < 500
    find_run(root, path.parent.name)


def _ranges(path: Path) -> None:
    assert len(RANGES.listed(path.parents[1])) == 1, "a damaged range is listed"


def _baseline(path: Path) -> None:
    read_baseline(path, "baseline")


def _tables(path: Path) -> None:
    record = find_run(path.parents[1], path.parent.name)
    record.table(path.stem)
    evidence_of(record)
