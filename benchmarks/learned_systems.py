"""Systems whose workers and service times are known, driven once, with two witnesses: a journal and a real nginx."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import requests
from requests.adapters import HTTPAdapter

import surgeline
from harness.analyse.schedule import arrival_times
from harness.lab.upstream_process import UpstreamProcess
from harness.learn.log_format import NGINX
from harness.model.arrivals import Constant
from mock_upstream.config.toml import build
from mock_upstream.profile import Profile

WORKERS, MEAN_S, SIGMA, THREADS = 8, 0.05, 0.5, 512
LAWS: dict[str, dict[str, object]] = {
    "fixed": {"distribution": "fixed", "value_s": MEAN_S},
    "exponential": {"distribution": "exponential", "mean_s": MEAN_S},
    "lognormal": {
        "distribution": "lognormal",
        "median_s": MEAN_S * float(np.exp(-(SIGMA**2) / 2)),
        "sigma": SIGMA,
    },
}
MEDIANS_S = {
    "fixed": MEAN_S,
    "exponential": MEAN_S * float(np.log(2)),
    "lognormal": LAWS["lognormal"]["median_s"],
}
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  log_format learn '{form}';
  access_log {folder}/access.log learn;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream mock {{ server {server}; keepalive 256; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port}; keepalive_requests 1000000;
    location / {{ proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class System:
    """A law of service times, and the load of the workers from 0 to 1."""

    law: str
    load: float

    @property
    def name(self) -> str:
        """Such as `fixed at 80%`."""
        return f"{self.law} at {self.load:.0%}"

    @property
    def rate_per_s(self) -> float:
        """Arrivals a second."""
        return self.load * WORKERS / MEAN_S

    def profile(self, seed: int = 0) -> Profile:
        """The upstream; another seed draws other service times of the same law."""
        table = {
            "name": "known",
            "seed": seed,
            "capacity": {"workers": WORKERS},
            "service_time": LAWS[self.law],
        }
        return build(Profile, table, "known")


SYSTEMS = tuple(System(law, load) for law in LAWS for load in (0.5, 0.8))


@contextmanager
def nginx(folder: Path, server: str, port: int) -> Iterator[str]:
    """A real nginx before `server` (HOST:PORT) that logs to `folder`/access.log; its URL, once it listens."""
    path = folder / "nginx.conf"
    path.write_text(CONFIGURATION.format(folder=folder, form=NGINX, server=server, port=port))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(path)], stderr=subprocess.DEVNULL)
    try:
        _until_it_listens(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _until_it_listens(port: int) -> None:
    for _ in range(200):
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.get(f"http://127.0.0.1:{port}/orders/1", timeout=2)
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise TimeoutError(f"nginx does not listen on port {port}")


def drive(system: System, folder: Path, port: int, calls: int, making: int) -> None:
    """Sends calls through nginx as a Poisson process, and leaves journal.jsonl and access.log in the folder.

    Each making, from 1 on, has its own arrivals and service times.
    """
    upstream = UpstreamProcess(system.profile(making - 1))
    try:
        upstream.wait_ready()
        with nginx(folder, upstream.url.removeprefix("http://"), port) as url, one_session() as session:
            service = surgeline.instrument(session, route=lambda request: f"GET {request.path_url}")
            surgeline.export(service, journal=folder / "journal.jsonl")
            due_s = arrival_times(
                [Constant(rate_per_s=system.rate_per_s, duration_s=calls / system.rate_per_s)], making
            )
            send(session, f"{url}/orders/1", due_s.tolist())
    finally:
        upstream.stop()


def one_session() -> requests.Session:
    """A Session without retries whose pool nothing waits for."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS, max_retries=0))
    return session


def send(session: requests.Session, url: str, due_s: list[float]) -> None:
    """Calls the URL at each of these seconds from now, however long the calls before take."""
    begin_s, waiting = time.monotonic() + 0.2, threading.Event()
    with ThreadPoolExecutor(THREADS) as threads:
        for at_s in due_s:
            if (left_s := begin_s + at_s - time.monotonic()) > 0:
                waiting.wait(left_s)
            threads.submit(session.get, url, timeout=30)
