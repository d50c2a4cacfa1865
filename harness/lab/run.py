"""The composition root: starts the upstream and the driver, follows them, and returns a recorded run."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from harness.lab.conductor import Conductor, Watcher
from harness.lab.driver_processes import Announce, DriverProcesses
from harness.lab.plan import Plan
from harness.lab.scrape_targets import listed_targets
from harness.lab.service_process import ServiceProcess, free_port, start_service
from harness.lab.settings import job, metrics_address
from harness.lab.upstream_process import UpstreamProcess
from harness.lab.worker_token import new_token
from harness.lab.writing import writing
from harness.model.allowed_targets import is_loopback
from harness.model.driver_messages import Prepare, Ready
from harness.model.ending import Interrupted
from harness.model.errors import MachineError
from harness.model.policy import Policy
from harness.model.run import Run, run_id
from harness.record.git_commit import git_commit
from harness.record.interrupted_run import RunInterrupted
from harness.record.machine import boot_id, ceiling_per_s, machine, versions
from harness.record.reader import Record, open_run
from harness.record.writer import create, finish
from harness.session.target_url import target_host
from mock_upstream.process.stop_signals import SIGNALS
from mock_upstream.profile import Profile

# harness.assess is imported where it is used: pandas and scipy take longer than the rest of a command.

LEAD_S = 0.3
NOWHERE = "http://127.0.0.1:9"


def run_plan(
    plan: Plan,
    root: Path,
    watch: Watcher = lambda _: None,
    announce: Announce = lambda _: None,
    listed_in: Path | None = None,
) -> Record:
    """Makes one run and returns it, judged and closed; an interrupted one too.

    `listed_in` is the folder of runs whose listings Prometheus reads, where `root` is another one, inside it.
    Raises ConfigError, TargetError or MachineError before anything is recorded, MachineError when the record cannot be
    written, RunInterrupted after Ctrl-C or another stop signal, and Stopped where the record is whole all the same.
    """
    plan.check()
    ceiling = _within_reach(plan, listed_in or root)
    with ExitStack() as held, ExitStack() as stack:
        upstream = None if plan.target else UpstreamProcess(_profile(plan), plan.master_host)
        if upstream is not None:
            stack.callback(upstream.stop)
        drivers = DriverProcesses(plan.expect_workers, announce, plan.worker_token)
        stack.callback(drivers.stop)
        from harness.assess.runs import judged_end  # while the processes start, not after the last call

        if upstream is not None:
            upstream.wait_ready()
        order = _order(plan, upstream)
        ready = drivers.prepare(order)
        service = _service(plan, upstream, order, ready, stack)
        if service is not None:
            drivers.wait_joined(plan.scenario.name)
        identity = _identity(plan, ready.policy, order.target, ceiling)
        held.enter_context(SIGNALS.held())  # From here to its end, the record is closed whatever happens.
        with writing(root, identity.id):
            folder = create(root, identity)
            identity = identity.model_copy(update={"id": folder.name})
            with listed_targets(listed_in or root, identity.id, _scraped(identity, ready.metrics, upstream)):
                early = Conductor(drivers, upstream, folder, identity, watch, service=service).follow()
        stack.close()
        with writing(root, identity.id):
            finish(folder, judged_end(open_run(folder), early))
            record = open_run(folder)
    if isinstance(early, Interrupted):
        raise RunInterrupted(record)
    SIGNALS.check()
    return record


def _within_reach(plan: Plan, root: Path) -> float | None:
    """The highest rate of one process on this machine, if it was measured. Raises MachineError for a plan beyond it."""
    ceiling = ceiling_per_s(root)
    service, most = plan.scenario.service, plan.scenario.most_per_s
    processes = 1 if service.command else service.processes
    if ceiling is not None and not plan.expect_workers and most > ceiling * processes:
        problem = (
            f"need {most:,.0f}/s, but a process of the driver keeps its schedule up to {ceiling:,.0f}/s on this "
            "machine (surgeline doctor); lower them, give [service] more processes, or measure again"
        )
        raise MachineError(plan.scenario.name, "arrivals", problem)
    return ceiling


def check_plan(plan: Plan) -> Policy:
    """Makes a driver build the journey and the session without any load; returns the session as built.

    Raises ConfigError, TargetError or MachineError when it cannot.
    """
    plan.check()
    drivers = DriverProcesses()
    try:
        return drivers.prepare(_order(plan, None, alone=True)).policy
    finally:
        drivers.stop()


def _profile(plan: Plan) -> Profile:
    """The upstream with the scenario's timeline on it, and the scenario's seed, from which the fault decisions follow.

    Its certificates are for the name under which workers on other machines reach it.
    """
    timeline, tls = (*plan.upstream.timeline, *plan.scenario.faults), plan.upstream.tls
    if tls is not None and plan.expect_workers and tls.host == "localhost":
        tls = tls.model_copy(update={"host": plan.master_host})
    return plan.upstream.model_copy(update={"timeline": timeline, "tls": tls, "seed": plan.scenario.seed})


def _order(plan: Plan, upstream: UpstreamProcess | None, *, alone: bool = False) -> Prepare:
    targets = upstream.targets if upstream is not None else {"main": plan.target or NOWHERE}
    ca = upstream.ca if upstream is not None else ""
    processes = plan.expect_workers or plan.scenario.service.processes
    metrics_host, metrics_port = metrics_address()
    real = bool(plan.scenario.service.command) and not alone
    return Prepare(
        kind="prepare",
        policy=plan.policy,
        rollout=plan.rollout,
        scenario=plan.scenario,
        seed=plan.scenario.seed,
        target=f"http://127.0.0.1:{free_port()}" if real else next(iter(targets.values())),
        service_token=new_token() if real else "",
        targets=targets,
        allowed_targets=_allowed(plan, targets if upstream is not None else {}),
        ca=ca,
        ca_pem=Path(ca).read_text() if ca else "",
        folder_on_path=os.getcwd(),
        metrics_host=metrics_host,
        metrics_port=metrics_port,
        processes=1 if alone or real else processes,
        leads=not (alone or real) and (processes > 1 or plan.expect_workers > 0),
        master_host=plan.master_host,
        master_port=plan.master_port,
    )


def _service(
    plan: Plan, upstream: UpstreamProcess | None, order: Prepare, ready: Ready, stack: ExitStack
) -> ServiceProcess | None:
    """The scenario's own service, ready, which `stack` stops; None where the driver simulates it."""
    if upstream is None or not order.drives_service:
        return None
    service = start_service(plan, upstream, order.target, ready.reports, order.service_token)
    stack.callback(service.stop)
    service.wait_ready()
    return service


def _allowed(plan: Plan, own: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts beside loopback that may receive load: those that were named, and the run's own upstream's."""
    hosts = dict.fromkeys(target_host(url) for url in own.values())
    return (*plan.allowed_targets, *(host for host in hosts if not is_loopback(host)))


def _identity(plan: Plan, policy: Policy, target: str, ceiling: float | None) -> Run:
    """The run's identity; `policy` is the plan's, as the driver read it back from the Session."""
    started_at = datetime.now(UTC)
    return Run(
        id=run_id(policy, plan.scenario, plan.upstream, started_at),
        policy=policy,
        rollout=plan.rollout,
        scenario=plan.scenario,
        upstream=plan.upstream,
        seed=plan.scenario.seed,
        target=target,
        started_at=started_at,
        epoch_s=monotonic() + LEAD_S,
        boot_id=boot_id(),
        versions=versions(),
        commit=git_commit(Path.cwd()),
        machine=machine(),
        driver_ceiling_per_s=ceiling,
        command=shlex.join(["surgeline", *sys.argv[1:]]),
        job=job(),
    )


def _scraped(run: Run, drivers: Sequence[str], upstream: UpstreamProcess | None) -> list[dict[str, object]]:
    """What Prometheus may scrape: every driver, and the run's own upstream, whose control API is on loopback."""
    found: list[dict[str, object]] = [{"targets": list(drivers), "labels": {"job": "surgeline-driver"}}]
    here = is_loopback(metrics_address()[0])
    if upstream is not None and here:
        labels = {"job": "surgeline-upstream", "policy": run.policy.name, "scenario": run.scenario.name}
        found.append({"targets": [urlsplit(upstream.admin).netloc], "labels": labels})
    return found
