"""A real Docker engine, and a base image made from Debian's own packages, for a machine that reaches no registry."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import needs
from tests.e2e.servers import running, until

BASE, SERVERS = "surgeline-test-base", Path(__file__).parent / "stand_ins"
SUITE, INCLUDED = "bookworm", "python3,python3-venv,ca-certificates"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP_SETTINGS = f"[global]\ncert = {AUTHORITIES}\n"


def run(*command: object, timeout_s: float = 900.0, environment: Mapping[str, str] | None = None) -> str:
    """What a command prints; fails the test with its errors when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, timeout=timeout_s, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    )
    return done.stdout


@contextmanager
def engine(folder: Path) -> Iterator[str]:
    """The address of an engine of the test's own: it keeps everything in `folder` and ends with the test.

    What it does to the machine's packet filter is undone.
    """
    if os.geteuid() != 0:
        refuse = pytest.fail if os.environ.get("SURGELINE_REQUIRE_ALL") == "1" else pytest.skip
        refuse("starting a Docker engine takes root; run it with sudo")
    dockerd, socket = needs("dockerd", "docker.io"), folder / "docker.sock"
    command = [
        dockerd, "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
        "--pidfile", str(folder / "docker.pid"), "--bridge", "none", "-H", f"unix://{socket}",
    ]  # fmt: skip
    address, rules = f"unix://{socket}", run(needs("iptables-save", "iptables"))
    try:
        with running(command, folder / "dockerd.log") as process:
            until(lambda: _answers(address) or _gave_up(process, folder), "the Docker engine answers", 60)
            yield address
    finally:
        subprocess.run(["iptables-restore"], input=rules.encode(), check=True)
        subprocess.run(["umount", folder / "exec" / "netns" / "default"], capture_output=True, check=False)


def _answers(address: str) -> bool:
    done = subprocess.run(["docker", "-H", address, "info"], capture_output=True, check=False)
    return done.returncode == 0


def _gave_up(process: "subprocess.Popen[bytes]", folder: Path) -> bool:
    if process.poll() is not None:
        pytest.fail(
            f"dockerd ended with code {process.returncode}: {(folder / 'dockerd.log').read_text()[-2000:]}"
        )
    return False


def import_base(address: str, folder: Path) -> str:
    """A minimal Debian with Python, the machine's own mirror and authorities; returns the image's name."""
    root = folder / "base"
    run(
        needs("debootstrap", "debootstrap"),
        "--variant=minbase",
        f"--include={INCLUDED}",
        SUITE,
        root,
        _mirror(),
    )
    shutil.copy(AUTHORITIES, root / AUTHORITIES.relative_to("/"))
    (root / "etc" / "pip.conf").write_text(PIP_SETTINGS)
    archive = folder / "base.tar"
    run("tar", "-C", root, "-cf", archive, ".")
    run("docker", "-H", address, "import", archive, BASE)
    shutil.rmtree(root)
    archive.unlink()
    return BASE


def build_server(address: str, name: str) -> str:
    """An image of `prometheus` or `alertmanager` from Debian's package; returns its name."""
    image = f"surgeline-test-{name}"
    options = ["--network", "host", "--build-arg", f"BASE={BASE}", "--target", name, "-t", image]
    run("docker", "-H", address, "build", *options, SERVERS)
    return image


def _mirror() -> str:
    """The mirror that apt uses on this machine."""
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]:
        lines = path.read_text().splitlines() if path.is_file() else []
        for word in (word for line in lines if not line.startswith("#") for word in line.split()):
            if word.startswith(("http://", "https://")) and "security" not in word:
                return word
    return "http://deb.debian.org/debian"
