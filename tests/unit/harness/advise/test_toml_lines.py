"""Settings as TOML: what is written reads back as the same tables."""

from __future__ import annotations

import tomllib
from datetime import date

from harness.advise.toml_lines import scalar, settings_table, toml_text
from harness.model.advised import AdvisedSetting

SETTINGS = [
    AdvisedSetting("scenario", "seed", 1, "why", "who"),
    AdvisedSetting("scenario", "slo.thresholds", ["a < 1", "b"], "why", "who"),
    AdvisedSetting("scenario", "arrivals.0.rate_per_s", 2.0, "why", "who"),
    AdvisedSetting("scenario", "arrivals.1.rate_per_s", 3.0, "why", "who"),
    AdvisedSetting("scenario", "retry.budget.kind", 'a "b" \x7f', "why", "who"),
]


def test_a_text_reads_back_as_its_table() -> None:
    text = toml_text({"name": "a", "owner": {"team": "b"}, "review_by": date(2027, 1, 2)}, SETTINGS)
    labels = {"name": "a", "owner": {"team": "b"}, "review_by": date(2027, 1, 2)}
    assert tomllib.loads(text) == {**labels, **settings_table(SETTINGS)}


def test_a_reason_and_a_source_stand_above_each_setting() -> None:
    assert toml_text({}, SETTINGS).count("# why (who)\n") == len(SETTINGS)


def test_notes_come_first() -> None:
    assert toml_text({}, SETTINGS, ["note"]).startswith("# note\n")


def test_a_truth_value_is_written_as_toml_has_it() -> None:
    assert scalar(False) == "false"
