"""A pytest plugin that gives another project's httpbin fixtures a server that already runs.

Loaded with `-p` into the requests project's own suite. The server's addresses come from the environment:
UPSTREAM_URL, UPSTREAM_SECURE_URL, UPSTREAM_CA.
"""

import os
from urllib.parse import urljoin

import pytest

_FIXTURES = {"httpbin", "httpbin_secure", "httpbin_both", "class_based_httpbin"}


class Server(str):
    """A base URL that joins paths with `+` and `.join`, as pytest-httpbin's does."""

    __slots__ = ()

    @property
    def url(self) -> str:
        return str(self)

    def join(self, path: str, allow_fragments: bool = True) -> str:  # type: ignore[override]
        return urljoin(str(self), path, allow_fragments)


@pytest.fixture(scope="session")
def httpbin() -> Server:
    return Server(os.environ["UPSTREAM_URL"])


@pytest.fixture(scope="session")
def httpbin_secure() -> Server:
    return Server(os.environ["UPSTREAM_SECURE_URL"])


@pytest.fixture(scope="session", params=["plain", "secure"])
def httpbin_both(request: pytest.FixtureRequest, httpbin: Server, httpbin_secure: Server) -> Server:
    return httpbin if request.param == "plain" else httpbin_secure


@pytest.fixture
def httpbin_ca_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.environ["UPSTREAM_CA"])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "talks: the test talks to the server")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("talks")
