"""An outside judge: the requests project's own tests, run against our endpoints with keep-alive.

A server that answers `{}` to everything passes 148 of these 204; httpbin itself 203 and one expected failure.
"""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import requests

from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.profile import Profile, Tls

_HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def suite(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree of the installed version of requests, fetched once and kept in pytest's cache if it has one."""
    cache = getattr(pytestconfig, "cache", None)
    folder = Path(cache.mkdir("requests-suite")) if cache else tmp_path_factory.mktemp("requests-suite")
    tree = folder / f"requests-{requests.__version__}"
    if tree.is_dir():
        return tree
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    fetched = subprocess.run(
        [*pip, "--dest", str(folder), f"requests=={requests.__version__}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if fetched.returncode != 0:
        reason = (
            f"needs the sdist of requests: pip download --no-binary :all: requests=={requests.__version__}"
        )
        if os.environ.get("SURGELINE_REQUIRE_ALL") == "1":
            pytest.fail(f"{reason}: {fetched.stderr[-300:]}")
        pytest.skip(reason)
    with tarfile.open(tree.with_name(tree.name + ".tar.gz")) as archive:
        archive.extractall(folder, filter="data")
    return tree


@pytest.mark.acceptance
def test_the_requests_projects_own_suite_passes(suite: Path, tmp_path: Path) -> None:
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\n")
    arguments = ["-q", "-c", str(settings), "--rootdir", str(suite), "-p", "no:cacheprovider", "-W", "ignore"]
    arguments += ["-p", "upstream_httpbin_plugin", "-m", "talks", str(suite / "tests")]
    with EmbeddedUpstream(Profile(name="httpbin", tls=Tls())) as upstream:
        environment = {
            **os.environ,
            "PYTHONPATH": str(_HERE),
            "UPSTREAM_URL": upstream.url,
            "UPSTREAM_SECURE_URL": str(upstream.addresses["secure_url"]),
            "UPSTREAM_CA": str(upstream.addresses["ca"]),
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=suite,
            env=environment,
        )
        connections = upstream.upstream.regions[0].opened
        served = upstream.upstream.regions[0].served

    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None, done.stdout[-2000:] + done.stderr[-2000:]
    assert int(passed[1]) >= 203, done.stdout[-3000:]
    assert connections < served, "keep-alive was never used"
