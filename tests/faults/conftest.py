"""A real upstream for one fault, and a real requests session against it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile

Start = Callable[..., EmbeddedUpstream]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an upstream with the faults given as tables: `start({"kind": "empty"}, tls={})`."""
    with ExitStack() as stack:

        def enter(*faults: dict[str, Any], **profile: Any) -> EmbeddedUpstream:
            table = {"name": "test", "fault": list(faults), **profile}
            return stack.enter_context(EmbeddedUpstream(build(Profile, table, "test")))

        yield enter


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session that takes no proxy from the environment and retries nothing."""
    with requests.Session() as made:
        made.trust_env = False
        yield made
