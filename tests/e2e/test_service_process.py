"""A service under its guardian: it becomes ready or fails by name, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.lab.service_process import ServiceProcess, free_port
from harness.model.errors import ConfigError
from harness.model.service_messages import StartService

SERVES = """
import os, signal, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status}); self.end_headers()
    def log_message(self, *args): pass
{before}
ThreadingHTTPServer(("127.0.0.1", {port}), Handler).serve_forever()
"""
SLEEPS = "[sys.executable, '-c', 'import time; time.sleep(60)']"


def order(
    tmp_path: Path,
    before: str = "",
    status: int = 200,
    moved: int = 0,
    code: str = SERVES,
    ready_s: float = 10.0,
) -> StartService:
    """An order for a small server; `before` is what it does first, `moved` is added to its port."""
    port = free_port()
    script = tmp_path / "service.py"
    script.write_text(
        code.replace("{status}", str(status)).replace("{port}", str(port + moved)).replace("{before}", before)
    )
    return StartService(
        command=(sys.executable, str(script)),
        folder=str(tmp_path),
        environment={**os.environ, "SERVICE_OF": str(tmp_path)},
        ready_url=f"http://127.0.0.1:{port}/ready",
        ready_s=ready_s,
        grace_s=1.0,
    )


def of(tmp_path: Path) -> list[psutil.Process]:
    """The processes that a test's service has started, and that run."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.environ().get("SERVICE_OF") == str(tmp_path)
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def none_left(tmp_path: Path) -> Iterator[None]:
    """At the end of the test no process of the service is left."""
    yield
    left = of(tmp_path)
    for process in left:
        process.kill()
    assert left == []


def refused(tmp_path: Path, given: StartService) -> ConfigError:
    """The error of a service that does not become ready, and whose processes are gone."""
    service = ServiceProcess(given, "orders")
    try:
        with pytest.raises(ConfigError) as error:
            service.wait_ready()
    finally:
        service.stop()
    assert of(tmp_path) == []
    return error.value


def test_a_service_becomes_ready_and_ends_without_force(tmp_path: Path, none_left: None) -> None:
    service = ServiceProcess(order(tmp_path), "orders")
    assert service.wait_ready() < 10.0
    assert service.why_ended() is None
    assert service.stop() == ()


def test_a_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    given = order(tmp_path).model_copy(update={"command": ("no-such-server",)})
    error = refused(tmp_path, given)
    assert str(error) == (
        "orders: service.command cannot be started: no-such-server: No such file or directory"
    )


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    given = order(tmp_path).model_copy(update={"folder": str(tmp_path / "absent")})
    assert refused(tmp_path, given).key == "service.folder"


def test_a_service_that_ends_before_it_is_ready_is_quoted(tmp_path: Path) -> None:
    error = refused(
        tmp_path, order(tmp_path, before="raise SystemExit('the port of the database is missing')")
    )
    assert error.key == "service.command"
    assert error.problem == "ended with code 1: the port of the database is missing before it was ready"


def test_a_service_that_does_not_respond_with_success_names_its_status(tmp_path: Path) -> None:
    error = refused(tmp_path, order(tmp_path, status=503, ready_s=1.0))
    assert error.key == "service.ready"
    assert error.problem.endswith("/ready responds with status 503")


def test_a_service_on_another_port_is_told_apart(tmp_path: Path) -> None:
    given = order(tmp_path, moved=1, ready_s=1.0)
    error = refused(tmp_path, given)
    port = int(given.ready_url.rpartition(":")[2].partition("/")[0])
    assert f"listens on 127.0.0.1:{port + 1}, not on port {port}" in error.problem


def test_a_command_that_leaves_its_service_in_the_background_is_told_apart(tmp_path: Path) -> None:
    error = refused(tmp_path, order(tmp_path, code=f"import subprocess, sys; subprocess.Popen({SLEEPS})"))
    assert "stays in the foreground" in error.problem


def test_a_service_that_ignores_sigterm_is_ended_and_named(tmp_path: Path, none_left: None) -> None:
    service = ServiceProcess(order(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)"), "orders")
    service.wait_ready()
    assert service.stop() == ("The service ignored SIGTERM for 1 s and was ended by SIGKILL.",)


def test_a_child_that_has_left_the_group_is_ended_and_named(tmp_path: Path, none_left: None) -> None:
    leaks = f"subprocess.Popen({SLEEPS}, start_new_session=True)"
    service = ServiceProcess(order(tmp_path, leaks), "orders")
    service.wait_ready()
    (problem,) = service.stop()
    assert problem.startswith("The service left python")


def test_a_service_that_dies_says_how(tmp_path: Path, none_left: None) -> None:
    service = ServiceProcess(order(tmp_path, "print('served', flush=True)"), "orders")
    service.wait_ready()
    (process,) = of(tmp_path)
    process.kill()
    until_s = time.monotonic() + 10.0
    while service.why_ended() is None and time.monotonic() < until_s:
        time.sleep(0.02)
    assert service.why_ended() == "was ended by SIGKILL: served"
    service.stop()


def test_nothing_is_left_when_the_guardian_is_killed(tmp_path: Path, none_left: None) -> None:
    service = ServiceProcess(order(tmp_path), "orders")
    service.wait_ready()
    os.kill(service._guardian.pid, signal.SIGKILL)
    service.stop()
    psutil.wait_procs(of(tmp_path), timeout=5)


def test_nothing_is_left_ten_seconds_after_the_lab_is_killed(tmp_path: Path, none_left: None) -> None:
    given = order(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    lab = textwrap.dedent("""
        import sys, time
        from harness.lab.service_process import ServiceProcess
        from harness.model.service_messages import StartService
        ServiceProcess(StartService.model_validate_json(sys.argv[1]), "orders").wait_ready()
        print("ready", flush=True)
        time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", lab, given.model_dump_json()], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.communicate()
    _, left = psutil.wait_procs(of(tmp_path), timeout=10)
    assert left == []
