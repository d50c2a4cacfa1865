"""A worker carries out only orders within its own limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.drive.limited_order import limited
from harness.inputs.scenarios import read_scenario
from harness.model.driver_messages import Prepare
from harness.model.errors import SurgelineError
from harness.model.policy import Policy
from harness.model.worker_limits import WorkerLimits

MASTER = "10.0.0.1"


def _order(policy: dict[str, Any] | None = None, journey: str = "", **changes: Any) -> Prepare:
    scenario = read_scenario("baseline", ()).scenario
    if journey:
        scenario = scenario.model_copy(update={"journey": journey})
    target = f"http://{MASTER}:8080"
    order = Prepare(
        policy=Policy(name="sent", **(policy or {})),
        scenario=scenario,
        seed=1,
        target=target,
        targets={"main": target},
        folder_on_path="/master",
        metrics_host="0.0.0.0",  # noqa: S104 - the master's
        metrics_port=9646,
    )
    return order.model_copy(update=changes)


def _limits(folder: Path, **allowed: Any) -> WorkerLimits:
    return WorkerLimits(master=MASTER, folder=str(folder), **allowed)


def test_an_order_for_the_master_s_own_upstream_is_carried_out(tmp_path: Path) -> None:
    assert limited(_order(), _limits(tmp_path)).target == f"http://{MASTER}:8080"


def test_the_worker_s_own_folder_and_address_for_metrics_are_used(tmp_path: Path) -> None:
    order = limited(_order(), _limits(tmp_path, metrics_port=9999))
    assert (order.folder_on_path, order.metrics_host, order.metrics_port) == (
        str(tmp_path),
        "127.0.0.1",
        9999,
    )


BEARER = {"session": {"auth": {"kind": "bearer", "token": "env:API_TOKEN"}}}
HEADER = {"session": {"headers": {"X-Api-Key": "file:/etc/passwd"}}}
CERTIFICATE = {"session": {"cert": ("/client.crt", "/client.key")}}
COOKIES = {"session": {"cookie_file": "/cookies.txt"}}


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        (_order(target="http://192.0.2.1"), "target 192.0.2.1 is not allowed here; .* --allow-target 192.0.2.1"),
        (_order(targets={"far": "http://192.0.2.1"}), "target 192.0.2.1 is not allowed"),
        (_order(allowed_targets=("192.0.2.1",)), "target 192.0.2.1 is not allowed"),
        (_order(target=r"http://192.0.2.1\@127.0.0.1"), "contains a backslash"),
        (_order(BEARER), "secret env:API_TOKEN is not allowed here; .* --allow-secret env:API_TOKEN"),
        (_order(HEADER), "secret file:/etc/passwd is not allowed"),
        (_order(CERTIFICATE), "secret file:/client.crt is not allowed"),
        (_order(COOKIES), "secret file:/cookies.txt is not allowed"),
        (_order(journey="os:abort"), "code os:abort is not allowed here; .* --allow-module os"),
        (_order(journey="subprocess:run"), "code subprocess:run is not allowed"),
        (_order(journey="scenarios.journeys.orders:os.abort"), "code scenarios.journeys.orders:os.abort is not"),
        (_order({"factory": "os:abort"}), "code os:abort is not allowed"),
        (_order({"session": {"auth": {"kind": "custom", "factory": "os:abort"}}}), "code os:abort is not allowed"),
    ],
)  # fmt: skip
def test_an_order_beyond_the_limits_is_refused(tmp_path: Path, order: Prepare, problem: str) -> None:
    with pytest.raises(SurgelineError, match=problem):
        limited(order, _limits(tmp_path))


@pytest.mark.parametrize(
    ("order", "allowed"),
    [
        (_order(target="http://192.0.2.1"), {"targets": ("192.0.2.1",)}),
        (_order(BEARER), {"secrets": ("env:API_TOKEN",)}),
        (_order(CERTIFICATE), {"secrets": ("file:/client.crt", "file:/client.key")}),
        (_order({"factory": "team.clients:build"}), {"modules": ("team",)}),
        (_order({"factory": "team.clients:Http.build"}), {"modules": ("team.clients:Http.build",)}),
    ],
)
def test_an_allowed_order_is_carried_out(tmp_path: Path, order: Prepare, allowed: dict[str, Any]) -> None:
    assert limited(order, _limits(tmp_path, **allowed)).policy.name == "sent"


def test_code_from_the_worker_s_own_folder_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "team.py").touch()
    assert limited(_order({"factory": "team:build"}), _limits(tmp_path)).policy.factory == "team:build"


def test_the_master_s_folder_of_a_factory_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "team.py").touch()
    (tmp_path / "own").mkdir()
    order = _order({"factory": "team:build", "path": str(tmp_path / "elsewhere")})
    with pytest.raises(SurgelineError, match="code team:build is not allowed"):
        limited(order, _limits(tmp_path / "own"))


def test_a_folder_of_a_factory_inside_the_worker_s_own_is_used(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "team.py").touch()
    order = _order({"factory": "team:build", "path": str(tmp_path / "src")})
    assert limited(order, _limits(tmp_path)).policy.path == str(tmp_path / "src")
