"""A policy and a scenario under Locust's own command, with its web UI, its statistics and its distributed flags.

    locust -f scenarios/locustfile.py --policy careful --scenario baseline
    locust -f scenarios/locustfile.py --policy careful --scenario baseline --headless
    locust -f scenarios/locustfile.py --scenario baseline --master --expect-workers 2   (and twice:)
    locust -f scenarios/locustfile.py --worker

Users are threads of the service, as many as the scenario says unless `-u` says otherwise; arrivals follow the
scenario's schedule. Each Locust worker is one process of the service. Without `--host` a mock upstream is started.
With `--metrics` its processes serve the lab's metrics and are listed in the runs folder, where Prometheus finds them.
Nothing is recorded, and there is no verdict; `surgeline run` has both.
"""

import logging
import os
import sys
from time import monotonic, time
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.runners import MasterRunner, WorkerRunner

from harness.analyse.schedule import arrival_times
from harness.drive.epoch import epoch_here
from harness.drive.locust_metrics import Metrics
from harness.drive.locust_stats import report_call
from harness.drive.locust_user import ServiceThread
from harness.drive.loop_turns import LoopTurns
from harness.drive.service import Service
from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from harness.lab.settings import metrics_address, runs_folder
from harness.lab.upstream_process import UpstreamProcess
from harness.model.driver_messages import Go, Prepare
from harness.model.errors import ConfigError, SurgelineError
from harness.model.scenario import Scenario
from harness.record.machine import boot_id
from harness.session.target_url import target_host

__all__ = ["ServiceThread"]

DRAINED = "surgeline-drained"
LEAD_S, CUT_SHORT_DRAIN_S, GRACE_S = 1.0, 2.0, 5.0
log = logging.getLogger("surgeline")


class LocustRun:
    """This Locust process's part in the running test: the upstream in a master, the service in a worker, or both."""

    def __init__(self, environment: Any) -> None:
        self.environment = environment
        self.upstream: UpstreamProcess | None = None
        self.service: Service | None = None
        self._admitted: Any = None
        self._over, self._drained = Event(), 0
        self._metrics: Metrics | None = None
        if isinstance(environment.runner, MasterRunner):
            environment.runner.register_message(DRAINED, self._on_drained)

    @property
    def serves(self) -> bool:
        """Whether this process runs threads of the service: all but a master do."""
        return not isinstance(self.environment.runner, MasterRunner)

    @property
    def leads(self) -> bool:
        """Whether this process controls the test: all but workers do."""
        return not isinstance(self.environment.runner, WorkerRunner)

    def plan(self) -> Plan:
        """Policy, scenario and target, as the options say. Raises ConfigError or TargetError."""
        options, overrides = self.environment.parsed_options, read_overrides(())
        written = read_scenario(options.scenario, overrides)
        if written.scenario.service.command:
            problem = "is started by surgeline run only; remove it, or use surgeline run"
            raise ConfigError(written.scenario.name, "service.command", problem)
        host = self.environment.host or ""
        named = (target_host(host),) if host else ()
        plan = Plan(read_policy(options.policy), written.scenario, written.upstream, host, named)
        plan.check()
        return plan

    def show(self) -> None:
        """Serves metrics from now on until `leave`. Raises MachineError when the port is not available."""
        self._metrics = Metrics(runs_folder(), *metrics_address())

    def leave(self) -> None:
        """Ends this process's part, when Locust exits."""
        self.end()
        if self._metrics is not None:
            self._metrics.close()

    def begin(self) -> None:
        """The test starts: the master sends the orders to the workers in Locust's options."""
        options = self.environment.parsed_options
        if self.leads:
            plan, options.surgeline_workers = self.plan(), self._workers()
            order, go = self._order(plan, len(options.surgeline_workers) or 1), _in(LEAD_S)
            options.surgeline_order, options.surgeline_go = order.model_dump_json(), go.model_dump_json()
            if self.upstream is not None:
                self.upstream.begin(go.epoch_s)
            gevent.spawn(
                self._end_when_over, plan.scenario.duration_s + plan.scenario.drain_s, order.processes
            )
        if self.serves:
            self._serve(
                Prepare.model_validate_json(options.surgeline_order),
                Go.model_validate_json(options.surgeline_go),
            )

    def cut_short(self) -> None:
        """The test is being stopped: no more arrivals, and a short time for the calls in progress."""
        if self.service is None:
            return
        self._admitted.kill()
        for call in self.service.drain(CUT_SHORT_DRAIN_S):
            self._on_call(call)
        self.service = None

    def end(self) -> None:
        """The test has ended."""
        self._over.set()
        if self.upstream is not None:
            self.upstream.stop()
            self.upstream = None

    def _workers(self) -> list[str]:
        """The ids of the participating workers; none where this process runs the service itself."""
        if self.serves:
            return []
        clients = self.environment.runner.clients
        return [client.id for client in (*clients.ready, *clients.spawning, *clients.running)]

    def _order(self, plan: Plan, processes: int) -> Prepare:
        targets, ca = {"main": plan.target}, ""
        if not plan.target:
            timeline = (*plan.upstream.timeline, *plan.scenario.faults)
            changed = {"timeline": timeline, "seed": plan.scenario.seed}
            self.upstream = UpstreamProcess(plan.upstream.model_copy(update=changed))
            self.upstream.wait_ready()
            targets, ca = self.upstream.targets, self.upstream.ca
        return Prepare(
            policy=plan.policy,
            scenario=plan.scenario,
            seed=plan.scenario.seed,
            target=next(iter(targets.values())),
            targets=targets,
            allowed_targets=plan.allowed_targets,
            ca=ca,
            folder_on_path=os.getcwd(),
            processes=processes,
        )

    def _serve(self, order: Prepare, go: Go) -> None:
        order = order.model_copy(update={"index": self._place()})
        self.service = service = Service(order, self.environment, self._on_call, LoopTurns())
        if self._metrics is not None:
            self._metrics.begin(order, service)
        service.begin(epoch_here(go))
        planned_s = arrival_times(order.scenario.arrivals, order.seed)
        self._admitted = gevent.spawn(service.admit, planned_s)
        gevent.spawn(self._drain, service, self._admitted, order.scenario.drain_s)

    def _place(self) -> int:
        """This process's number among the participants; a late one is after them, without arrivals.

        Locust's own numbers have gaps once a worker was replaced.
        """
        workers: list[str] = self.environment.parsed_options.surgeline_workers
        me = getattr(self.environment.runner, "client_id", "")
        return workers.index(me) if me in workers else len(workers)

    def _drain(self, service: Service, admitted: Any, drain_s: float) -> None:
        """Reports when every journey has arrived and ended."""
        admitted.join()
        for call in service.drain(drain_s) if self.service is service else ():
            self._on_call(call)
        runner = self.environment.runner
        if isinstance(runner, WorkerRunner):
            runner.send_message(DRAINED)
        else:
            self._over.set()

    def _on_call(self, call: Any) -> None:
        report_call(self.environment.events.request.fire, call)
        if self._metrics is not None:
            self._metrics.call(call)

    def _on_drained(self, environment: Any, msg: Any) -> None:  # noqa: ARG002 - Locust names them
        self._drained += 1
        if self._drained >= self.environment.runner.worker_count:
            self._over.set()

    def _end_when_over(self, at_most_s: float, processes: int) -> None:
        """Stops the test after the last journey; without a web UI this ends Locust too."""
        self._over.clear()
        self._drained, runner = 0, self.environment.runner
        if not self._over.wait(LEAD_S + at_most_s + GRACE_S):
            log.warning("not all of %d processes reported their end", processes)
        if self.environment.parsed_options.headless:
            runner.quit()
        elif runner.state not in {"stopped", "ready"}:
            runner.stop()


def _in(lead_s: float) -> Go:
    epoch_s = monotonic() + lead_s
    return Go(run="", folder="", epoch_s=epoch_s, epoch_wall_s=time() + lead_s, boot_id=boot_id())


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator, unused-ignore]
def add_options(parser: Any) -> None:
    """Adds the options to Locust's, and so to its web UI."""
    parser.add_argument("--policy", default="careful", help="a policy file, or a shipped policy's name")
    parser.add_argument(
        "--scenario", default="baseline", help="a scenario file, or a shipped scenario's name"
    )
    parser.add_argument(
        "--metrics", action="store_true", include_in_web_ui=False, help="serve metrics for Prometheus"
    )


@events.init.add_listener  # type: ignore[untyped-decorator, unused-ignore]
def prepare(environment: Any, **_: Any) -> None:
    """Reads both files before anything runs; exits with 2 and one line when something cannot be used."""
    sys.path.insert(0, os.getcwd())
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    locust_run = LocustRun(environment)
    try:
        if locust_run.leads:
            _propose_users(environment, locust_run.plan().scenario)
        if locust_run.serves and environment.parsed_options.metrics:
            locust_run.show()
    except SurgelineError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    environment.events.test_start.add_listener(lambda **_: _begin(locust_run))
    environment.events.test_stopping.add_listener(lambda **_: locust_run.cut_short())
    environment.events.test_stop.add_listener(lambda **_: locust_run.end())
    environment.events.quit.add_listener(lambda **_: locust_run.leave())


def _propose_users(environment: Any, scenario: Scenario) -> None:
    """As many as the service has threads, unless the command line says otherwise."""
    if scenario.levers:
        log.warning("levers on the timeline are not pulled here; surgeline run pulls them")
    given = environment.parsed_options
    processes = given.expect_workers if isinstance(environment.runner, MasterRunner) else 1
    given.num_users = given.num_users or scenario.service.threads * processes
    given.spawn_rate = given.spawn_rate or min(100.0, given.num_users)


def _begin(locust_run: LocustRun) -> None:
    """Begins the test. One that cannot be run ends Locust; in the web UI it does not start, and another can follow."""
    try:
        locust_run.begin()
    except SurgelineError as error:
        log.error("%s", error)
        if locust_run.leads and locust_run.environment.web_ui is not None:
            raise gevent.GreenletExit from None  # Stops the start of the test before the workers get it.
        locust_run.environment.process_exit_code = 2
        gevent.spawn(locust_run.environment.runner.quit)
