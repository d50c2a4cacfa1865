"""An incident as a page: what changed and when, the faults that replay it, and what cannot be known."""

from __future__ import annotations

import pytest

from harness.model.incident import Episode, SignalChange
from surgeline.render.incident import incident_page, show_incident
from tests.unit.harness.learn.test_incident_files import INCIDENT


def test_the_episode_is_a_sentence_with_its_times() -> None:
    assert "1970-01-01 00:16:40 to 1970-01-01 00:16:48 UTC: no calls ended, as when the upstream pauses." in (
        incident_page(INCIDENT)
    )


@pytest.mark.parametrize(
    ("episode", "sentence"),
    [
        ({"kind": "status", "status": 503, "ratio": 0.4}, "UTC: status 503 for 40% of the calls."),
        ({"kind": "latency", "add_s": 0.3}, "UTC: 300 ms more latency."),
    ],
)
def test_each_fault_is_a_sentence(episode: dict[str, object], sentence: str) -> None:
    changed = INCIDENT.model_copy(update={"episodes": (Episode(begin_s=0.0, end_s=5.0, **episode),)})

    assert sentence in incident_page(changed)


def test_a_change_has_its_level_before_and_after() -> None:
    change = SignalChange(signal="errors", at_s=1000.0, before=0.0, after=0.4)

    assert "| 1970-01-01 00:16:40 | failed calls | 0.00% | 40.0% |" in incident_page(
        INCIDENT.model_copy(update={"changes": (change,)})
    )


def test_a_broken_threshold_is_named_with_its_budget() -> None:
    assert "p99(latency) < 250ms: broken in the incident (50% bad, 1% allowed)." in incident_page(INCIDENT)


def test_a_missing_slo_is_named_as_unknown() -> None:
    page = incident_page(INCIDENT.model_copy(update={"thresholds": ()}))

    assert "The service exports no threshold, so its SLO cannot be known from this." in page


def test_the_terminal_names_alerts_and_files(capsys: pytest.CaptureFixture[str]) -> None:
    show_incident(INCIDENT.model_copy(update={"alerts": ("TooSlow",)}), ["learned/scenario.toml"])
    printed = capsys.readouterr().out

    assert "Alerts that fired: TooSlow." in printed
    assert "Written: learned/scenario.toml" in printed
