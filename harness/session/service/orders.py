"""What a run tells the processes of a service, in one variable of their environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "SURGELINE_SERVICE"
SITE = Path(__file__).with_name("site")


@dataclass(frozen=True, slots=True)
class ServiceOrder:
    """`reports` is the HOST:PORT of the run's writer, which knows the service by `token`.

    `policy` is the policy's JSON, put on every Session; "" leaves the service's own Sessions as they are. Requests to
    one of `targets`, the URLs of the mock upstream, have headers with the call's key.
    """

    reports: str
    token: str
    policy: str = ""
    targets: tuple[str, ...] = ()
    allowed_targets: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> ServiceOrder:
        """The order in a process of the service. Raises KeyError, ValueError and TypeError where there is none."""
        given = json.loads(environment[VARIABLE])
        for name in ("targets", "allowed_targets"):
            given[name] = tuple(given[name])
        return cls(**given)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The environment of a service with this order, beside what is given."""
        return watched({**given, VARIABLE: json.dumps(asdict(self))})


def watched(given: Mapping[str, str]) -> dict[str, str]:
    """The environment in which Python imports the site hook first; nothing is written into the service's folder."""
    path = [entry for entry in given.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if str(SITE) not in path:
        path.insert(0, str(SITE))
    return {**given, "PYTHONPATH": os.pathsep.join(path)}
