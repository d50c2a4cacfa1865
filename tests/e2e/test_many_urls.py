"""Ten thousand different URLs in one run leave the metrics as small as one does."""

import json
import re
import urllib.request
from pathlib import Path

import pytest

from harness.inputs.overrides import read_overrides
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.lab.plan import Plan
from tests.e2e.live import LiveRun
from tests.e2e.servers import until

pytestmark = pytest.mark.acceptance

JOURNEYS = '''
def many(thread):
    """A hundred different URLs without `name=`."""
    first = thread.client.journey.arrival * 100
    for number in range(first, first + 100):
        thread.client.get(f"/orders/{number}?page={number}")
'''


def scrape(root: Path) -> str:
    """What the one driver of this folder exports now; nothing while there is none."""
    for listing in (root / "targets").glob("*.json"):
        (target,) = json.loads(listing.read_text())[0]["targets"]
        try:
            with urllib.request.urlopen(f"http://{target}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""
    return ""


@pytest.mark.timeout(150)
def test_ten_thousand_urls_add_no_label_values(
    tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "manyjourneys.py").write_text(JOURNEYS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SURGELINE_METRICS_LINGER_S", "20")
    settings = ['scenario.journey="manyjourneys:many"', "scenario.service.threads=8"]
    # A hundred journeys of a hundred calls, as fast as the machine makes them.
    settings += ["scenario.arrivals.0.rate_per_s=20", "scenario.arrivals.0.duration_s=5"]
    settings += [
        "scenario.drain_s=80",
        "scenario.arrivals.0.spacing=constant",
        "upstream.service_time.value_s=0.001",
    ]
    overrides = read_overrides(settings)
    written = read_scenario("baseline", overrides)
    run = LiveRun(Plan(read_policy("careful", overrides), written.scenario, written.upstream), runs)
    seen: list[str] = []

    def ended() -> bool:
        seen.append(scrape(runs))
        return not run.live

    until(ended, "the run ends", at_most_s=110)
    record, last = run.end(), max(seen, key=len)

    assert record.calls()["route"].nunique() >= 10_000
    assert set(re.findall(r'route="([^"]*)"', last)) == {"/orders/{id}"}
    assert last.count("\n") < 500
