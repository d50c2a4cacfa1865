"""The guide's example, from a log to a verdict, as it is written: its own commands, a real nginx and the lab."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.learned_systems import System, drive
from tests.conftest import Program, needs
from tests.e2e.servers import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "learn.md"
SECTION = re.compile(r"## From a log to a verdict\n(.*?)\n## ", re.DOTALL)
COMMAND = re.compile(r"```\n\$ surgeline (.*?)\n(.*?)```", re.DOTALL)
SLO = re.compile(r"```toml\n(\[slo\].*?)```", re.DOTALL)
ROW = re.compile(r"^(\w[\w .]*?)  +(\S+(?: ms)?) ", re.MULTILINE)
CALLS = 3900


def rows(printed: str) -> dict[str, str]:
    """The first value of each row of the printed tables, by the row's name."""
    return dict(ROW.findall(printed))


def number(text: str) -> float:
    """The number that a cell begins with."""
    return float(re.split(r"[ /%]", text)[0])


@pytest.mark.alone
@pytest.mark.acceptance
@pytest.mark.timeout(300)
def test_the_guides_commands_lead_from_a_log_to_a_verdict(surgeline: Program, tmp_path: Path) -> None:
    needs("nginx", "nginx-light")
    text = SECTION.findall(GUIDE.read_text(encoding="utf-8"))[0]
    (learn, learned), (run, ran) = COMMAND.findall(text)
    tmp_path.chmod(0o755)
    drive(System("lognormal", 0.8), tmp_path, free_port(), CALLS, 1)

    first = surgeline(*shlex.split(learn))
    assert first.returncode == 0, first.stderr
    seen, shown = rows(first.stdout), rows(learned)
    assert seen.keys() == shown.keys()
    for name in ("arrivals", "workers", "service time p50", "service time p95"):
        assert number(seen[name]) == pytest.approx(number(shown[name]), rel=0.15), name
    assert set(re.findall(r"\? (.*)", first.stdout)) == set(re.findall(r"\? (.*)", learned))

    with (tmp_path / "learned" / "scenario.toml").open("a", encoding="utf-8") as file:
        file.write(SLO.findall(text)[0])
    second = surgeline(*shlex.split(run))
    assert second.returncode == 0, second.stdout + second.stderr
    assert rows(ran).keys() <= rows(second.stdout).keys()
