"""The composition root: starts the upstream and the driver, watches them, and hands back a recorded run."""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.conduct import STOPPED_BY_HAND, Conductor, Watcher
from harness.crew import Announce, Crew
from harness.model.errors import BadInput
from harness.model.order import Prepare
from harness.model.policy import Policy
from harness.model.run import End, Run, run_id
from harness.model.scenario import Scenario
from harness.model.suggestion import Suggestion
from harness.model.verdict import Comparison
from harness.record.machine import boot_id, ceiling_per_s, machine, versions
from harness.record.reader import Record, open_run
from harness.record.writer import create, finish
from harness.targets import listed
from harness.upstream import Upstream
from mock_upstream.profile import Profile

if TYPE_CHECKING:
    from harness.analyse.evidence import Evidence

# harness.analyse is imported where it is used: pandas and scipy take longer than the rest of a command.

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG}
LEAD_S = 0.3
NOWHERE = "http://127.0.0.1:9"


class Interrupted(Exception):
    """Somebody stopped the run; what was recorded is in `record`."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.run.id)
        self.record = record


@dataclass(frozen=True, slots=True)
class Plan:
    """One run to be made. `target` drives something other than a mock upstream of our own."""

    policy: Policy
    scenario: Scenario
    upstream: Profile
    target: str = ""
    allowed_targets: tuple[str, ...] = ()
    expect_workers: int = 0
    """Workers that come from other machines to `master_host`:`master_port`; 0 starts the service's own here.

    The upstream listens on `master_host` too, so that they reach it.
    """
    master_host: str = "127.0.0.1"
    master_port: int = 0

    def check(self) -> None:
        """Raises BadInput for a target that is not loopback and not named, or faults that can't reach it."""
        host = urlsplit(self.target).hostname or ""
        if self.target and not host:
            raise BadInput("--target", self.target, "is not a URL; write http://HOST:PORT")
        if self.target and not (_is_loopback(host) or host in self.allowed_targets):
            raise BadInput(
                "--target", self.target, f"is not loopback; if you may load it, add --allow-target {host}"
            )
        if self.target and self.scenario.faults:
            raise BadInput(
                "--target",
                self.target,
                "can't be given the faults of the scenario's timeline; remove [[timeline]]",
            )


def runs_folder() -> Path:
    """Where runs are kept: SURGELINE_RUNS, or ./runs."""
    return Path(os.environ.get("SURGELINE_RUNS", "runs"))


def run(
    plan: Plan,
    root: Path,
    watch: Watcher = lambda _: None,
    announce: Announce = lambda _: None,
    listed_in: Path | None = None,
) -> Record:
    """Makes one run and returns it, judged and closed; an interrupted one too.

    `listed_in` is the folder of runs whose listings Prometheus reads, where `root` is another one, inside it.
    Raises BadInput before anything is recorded, and Interrupted after Ctrl-C.
    """
    plan.check()
    ceiling = _within_reach(plan, listed_in or root)
    with ExitStack() as stack:
        upstream = None if plan.target else Upstream(_profile(plan), plan.master_host)
        if upstream is not None:
            stack.callback(upstream.stop)
        crew = Crew(plan.expect_workers, announce)
        stack.callback(crew.stop)
        if upstream is not None:
            upstream.wait_ready()
        order = _order(plan, upstream)
        ready = crew.prepare(order)
        identity = _identity(plan, ready.policy, order.target, ceiling)
        with _writing(root, identity.id):
            folder = create(root, identity)
            with listed(listed_in or root, identity.id, _scraped(identity, ready.metrics, upstream)):
                problem = Conductor(crew, upstream, folder, identity, watch).follow()
    with _writing(root, identity.id):
        record = _close(folder, problem)
    if problem == STOPPED_BY_HAND:
        raise Interrupted(record)
    return record


def _within_reach(plan: Plan, root: Path) -> float | None:
    """What one process keeps up with here, if that was measured. Raises BadInput for a plan beyond it."""
    ceiling = ceiling_per_s(root)
    processes, most = plan.scenario.service.processes, plan.scenario.most_per_s
    if ceiling is not None and not plan.expect_workers and most > ceiling * processes:
        problem = (
            f"ask for {most:,.0f}/s, but a process of the driver keeps its schedule up to {ceiling:,.0f}/s on this "
            "machine (surgeline doctor); lower them, give [service] more processes, or measure again"
        )
        raise BadInput(plan.scenario.name, "arrivals", problem)
    return ceiling


@contextmanager
def _writing(root: Path, run: str) -> Iterator[None]:
    """A record that can't be written, as on a full disk, is one line; what was written stays readable."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        why = os.strerror(error.errno)
        remedy = f"make room; `surgeline show {run}` opens what was recorded"
        raise BadInput(str(root), "", f"can't be written: {why}; {remedy}") from error


def comparison(records: Sequence[Record]) -> Comparison:
    """Policies beside each other, from runs of one scenario. Raises BadInput for runs that can't be compared."""
    from harness.analyse.compare import compare

    scenarios = {record.run.scenario.name for record in records}
    if len(scenarios) > 1:
        raise BadInput(
            "compare", ", ".join(sorted(scenarios)), "are different scenarios; compare runs of one"
        )
    return compare([evidence(record) for record in records])


def suggested(record: Record) -> list[Suggestion]:
    """Changes of the run's policy that its own measurements speak for."""
    from harness.analyse.suggest import capacity_of, suggestions

    seen = evidence(record)
    capacity = capacity_of(seen.served, record.run.upstream.capacity.workers)
    return suggestions(record.run.policy, seen, capacity)


def check(plan: Plan) -> Policy:
    """Has a driver build the journey and the session without any load; returns what the session really is.

    Raises BadInput when it can't.
    """
    plan.check()
    crew = Crew()
    try:
        return crew.prepare(_order(plan, None, alone=True)).policy
    finally:
        crew.stop()


def evidence(record: Record, problem: str | None = None) -> Evidence:
    """What analyse needs of a recorded run. `problem` is what came in between, for who was there; "" for nothing."""
    from harness.analyse.evidence import Evidence
    from harness.analyse.warmup import mser_s

    slo, calls = record.run.scenario.slo, record.calls()
    if slo.warmup == "mser":
        slo = slo.model_copy(update={"warmup_s": mser_s(calls, slo.warmup_s)})
    return Evidence(
        policy=record.run.policy.name,
        scenario=record.run.scenario.name,
        seed=record.run.seed,
        slo=slo,
        duration_s=record.run.scenario.duration_s,
        calls=calls,
        attempts=record.table("attempts"),
        pool=record.table("pool"),
        driver=record.table("driver"),
        served=record.table("served"),
        interrupted=_interruption(record) if problem is None else problem,
        changes_s=(*record.run.scenario.changes_s, *_pulled_s(record)),
        trigger_s=record.run.scenario.trigger_s,
    )


def _pulled_s(record: Record) -> list[float]:
    """When levers took effect: the conditions changed then, by design."""
    events = record.table("events")
    return [float(at_s) for at_s in events[events["kind"] == "lever"]["at_s"]]


def _interruption(record: Record) -> str:
    if record.end is not None:
        return record.end.reason
    return "it was killed" if record.state == "interrupted" else ""


def _profile(plan: Plan) -> Profile:
    """The upstream with the scenario's timeline on it, and the scenario's seed: the fates belong to both.

    Its certificates are for the name under which workers on other machines reach it.
    """
    timeline, tls = (*plan.upstream.timeline, *plan.scenario.faults), plan.upstream.tls
    if tls is not None and plan.expect_workers and tls.host == "localhost":
        tls = tls.model_copy(update={"host": plan.master_host})
    return plan.upstream.model_copy(update={"timeline": timeline, "tls": tls, "seed": plan.scenario.seed})


def _order(plan: Plan, upstream: Upstream | None, *, alone: bool = False) -> Prepare:
    targets = upstream.targets if upstream is not None else {"main": plan.target or NOWHERE}
    ca = upstream.ca if upstream is not None else ""
    processes = plan.expect_workers or plan.scenario.service.processes
    metrics_host, metrics_port = metrics_address()
    return Prepare(
        kind="prepare",
        policy=plan.policy,
        scenario=plan.scenario,
        seed=plan.scenario.seed,
        target=next(iter(targets.values())),
        targets=targets,
        ca=ca,
        ca_pem=Path(ca).read_text() if ca else "",
        folder_on_path=os.getcwd(),
        metrics_host=metrics_host,
        metrics_port=metrics_port,
        processes=1 if alone else processes,
        leads=not alone and (processes > 1 or plan.expect_workers > 0),
        master_host=plan.master_host,
        master_port=plan.master_port,
    )


def metrics_address() -> tuple[str, int]:
    """Where drivers listen for scrapes: SURGELINE_METRICS_HOST and _PORT. Raises BadInput."""
    wish = os.environ.get("SURGELINE_METRICS_PORT", "0")
    if not wish.isdigit() or int(wish) > 65535:
        raise BadInput("SURGELINE_METRICS_PORT", "", f"is {wish!r}; it must be a port, 0 to 65535")
    return os.environ.get("SURGELINE_METRICS_HOST", "127.0.0.1"), int(wish)


def _identity(plan: Plan, policy: Policy, target: str, ceiling: float | None) -> Run:
    """The run's identity; `policy` is the plan's, as the driver read it back from the Session."""
    started_at = datetime.now(UTC)
    return Run(
        id=run_id(policy, plan.scenario, plan.upstream, started_at),
        policy=policy,
        scenario=plan.scenario,
        upstream=plan.upstream,
        seed=plan.scenario.seed,
        target=target,
        started_at=started_at,
        epoch_s=monotonic() + LEAD_S,
        boot_id=boot_id(),
        versions=versions(),
        machine=machine(),
        driver_ceiling_per_s=ceiling,
        command=shlex.join(["surgeline", *sys.argv[1:]]),
    )


def _scraped(run: Run, drivers: Sequence[str], upstream: Upstream | None) -> list[dict[str, object]]:
    """What Prometheus may scrape: every driver, and the run's own upstream, whose control API is on loopback."""
    found: list[dict[str, object]] = [{"targets": list(drivers), "labels": {"job": "surgeline-driver"}}]
    here = _is_loopback(metrics_address()[0])
    if upstream is not None and here:
        labels = {"job": "surgeline-upstream", "policy": run.policy.name, "scenario": run.scenario.name}
        found.append({"targets": [urlsplit(upstream.admin).netloc], "labels": labels})
    return found


def _close(folder: Path, problem: str) -> Record:
    """Measures, judges and closes the run's folder."""
    from harness.analyse.judge import judge
    from harness.analyse.measure import measurements

    record = open_run(folder)
    seen = evidence(record, problem)
    measured = measurements(seen)
    end = End(
        state="interrupted" if problem else "complete",
        reason=problem,
        ended_at=datetime.now(UTC),
        measurements=measured,
        verdict=judge(seen, measured),
    )
    finish(folder, end)
    return open_run(folder)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
