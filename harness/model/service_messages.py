"""The messages between the lab and the guardian of a service's processes: one JSON object on each line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from mock_upstream.config.toml import Frozen


class StartService(Frozen):
    """The first message to a guardian: start the command, and report when `ready_url` responds with success."""

    command: tuple[str, ...]
    folder: str
    environment: dict[str, str]
    """Variables beside those of the guardian's own environment."""
    ready_url: str
    ready_headers: dict[str, str] = Field(default_factory=dict)
    ready_s: float
    grace_s: float = 5.0
    """Seconds from SIGTERM until SIGKILL."""


class ServiceReady(Frozen):
    """The service responds. `pid` is the process of the command, whose number its group has too."""

    kind: Literal["service_ready"] = "service_ready"
    pid: int
    took_s: float


class ServiceFailed(Frozen):
    """The service did not become ready, and nothing of it is left. `key` is the setting of `[service]` to look at."""

    kind: Literal["service_failed"] = "service_failed"
    key: Literal["command", "ready", "folder"]
    problem: str
    output: tuple[str, ...] = ()
    """The last lines that it printed."""


class ServiceEnded(Frozen):
    """The command ended by itself, during the run. `detail` follows the word "service"."""

    kind: Literal["service_ended"] = "service_ended"
    detail: str
    output: tuple[str, ...] = ()


class ServiceStopped(Frozen):
    """Everything has ended. `problems` are what had to be ended by force, each as a whole sentence."""

    kind: Literal["service_stopped"] = "service_stopped"
    problems: tuple[str, ...] = ()


FromGuardian = Annotated[
    ServiceReady | ServiceFailed | ServiceEnded | ServiceStopped, Field(discriminator="kind")
]
from_guardian: TypeAdapter[FromGuardian] = TypeAdapter(FromGuardian, config=ConfigDict(defer_build=True))
