"""Checks a master's order against the limits of the worker that got it, before anything of it is used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from harness.model.allowed_targets import AllowedTargets
from harness.model.auth import CustomAuth
from harness.model.driver_messages import Prepare
from harness.model.errors import ConfigError
from harness.model.policy import Policy
from harness.model.secret import is_reference
from harness.model.worker_limits import WorkerLimits
from harness.session.target_url import target_host

SHIPPED = "scenarios"


def limited(order: Prepare, limits: WorkerLimits) -> Prepare:
    """The order as this worker may carry it out. Raises ConfigError or TargetError for one beyond its limits.

    The master's folders and its address for metrics do not count here: the worker's own are used.
    """
    _check_targets(order, limits)
    _check_secrets(order.policy, limits)
    policy = order.policy.model_copy(update={"path": _path(order.policy.path, limits)})
    _check_code(order, policy, limits)
    return order.model_copy(
        update={
            "policy": policy,
            "folder_on_path": limits.folder,
            "metrics_host": limits.metrics_host,
            "metrics_port": limits.metrics_port,
        }
    )


def _check_targets(order: Prepare, limits: WorkerLimits) -> None:
    allowed = AllowedTargets.of((limits.master, *limits.targets))
    urls = (order.target, *order.targets.values())
    for host in dict.fromkeys((*(target_host(url) for url in urls), *order.allowed_targets)):
        if not allowed.by_name(host):
            raise _refused("target", host, f"--allow-target {host}")


def _check_secrets(policy: Policy, limits: WorkerLimits) -> None:
    for reference in dict.fromkeys(_references(policy)):
        if reference not in limits.secrets:
            raise _refused("secret", reference, f"--allow-secret {reference}")


def _references(policy: Policy) -> Iterator[str]:
    """What the policy would have a worker read: secrets, and the files of a certificate and of cookies."""
    yield from (text for text in _texts(policy.model_dump(mode="json")) if is_reference(text))
    cert, cookies = policy.session.cert, policy.session.cookie_file
    files = (cert,) if isinstance(cert, str) else cert or ()
    yield from (f"file:{name}" for name in (*files, cookies) if name is not None)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _path(path: str | None, limits: WorkerLimits) -> str | None:
    """The folder of the policy's factory where it is inside the worker's own; else the worker's own counts."""
    if path is None or not Path(path).resolve().is_relative_to(Path(limits.folder).resolve()):
        return None
    return path if Path(path).is_dir() else None


def _check_code(order: Prepare, policy: Policy, limits: WorkerLimits) -> None:
    folders = [limits.folder, *([policy.path] if policy.path else [])]
    for spec in _code(order.scenario.journey, policy):
        module, name = spec.partition(":")[0].partition(".")[0], spec.partition(":")[2]
        if "." in name and spec not in limits.modules:  # It could lead to any module that this one imports.
            raise _refused("code", spec, f"--allow-module {spec}")
        own = module == SHIPPED or PathFinder.find_spec(module, folders) is not None
        if not own and not {module, spec} & {*limits.modules}:
            raise _refused("code", spec, f"--allow-module {module}, or from the folder that holds it")


def _code(journey: str, policy: Policy) -> Iterator[str]:
    yield journey
    if policy.factory is not None:
        yield policy.factory
    if isinstance(policy.session.auth, CustomAuth):
        yield policy.session.auth.factory


def _refused(key: str, value: str, remedy: str) -> ConfigError:
    return ConfigError(
        "worker", key, f"{value} is not allowed here; to allow it, start this worker with {remedy}"
    )
