"""Bad input to range, gate, suggest and compare: one clear line and exit code 2, before any load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Program

BASELINE = {
    "scenario": "another",
    "policy": "careful",
    "seed": 1,
    "run": "r",
    "made_at": "2026-01-01T00:00:00Z",
    "machine": {},
    "measurements": {},
}
GATE = ("gate", "baseline", "-p", "careful", "--baseline")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("range", "baseline"), "needs a scenario and --policy"),
        (("range", "--resume", "none"), "no range matches 'none'"),
        (("range", "baseline", "--resume", "latest"), "range: SCENARIO cannot be given with --resume"),
        (("range", "--resume", "latest", "-p", "careful"), "range: --policy cannot be given with --resume"),
        (("map", "--resume", "latest", "--cells", "5x5"), "map: --cells cannot be given with --resume"),
        (("tune", "--resume", "latest", "--trials", "9"), "tune: --trials cannot be given with --resume"),
        (("range", "baseline", "-p", "carefull"), "did you mean careful?"),
        (("suggest", "none"), "no run matches 'none'"),
        ((*GATE, "none.json"), "create it with --save"),
        ((*GATE, "another.json"), "use a baseline of the same scenario"),
        (("compare", "baseline", "-p", "careful", "-p", "textbook", "--within", "5"), "must be a percentage"),
        (("range", "baseline", "-p", "careful", "--within", "5"), "must be a percentage, such as 5%"),
        (
            (
                "range",
                "baseline",
                "-p",
                "careful",
                "--set",
                'scenario.slo.thresholds=["rate(goodput) > 1/s"]',
            ),
            "add a limit of latency",
        ),
    ],
)
def test_it_is_one_line_that_names_the_remedy(
    command: Program, runs: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "another.json").write_text(json.dumps(BASELINE))
    done = command(*arguments)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(runs.glob("*/run.json"))
