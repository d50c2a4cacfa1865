"""All attempts at an incident, ranked by the calls that they lost."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.data.attempts import attempt_table, attempts_over_time, attempts_sentence, ranked_attempts
from harness.model.lever_catalogue import Lever, SetRetries
from harness.model.rehearsal import Rehearsal, Repetition
from harness.model.verdict import Measurement

RETRIES = SetRetries(lever="retries", total=False)


def _repetition(run: str, lost: int, *levers: Lever, recovered: bool = False) -> Repetition:
    return Repetition(
        levers=levers,
        run=run,
        pulled_s=None,
        reverted_s=None,
        recovery=Measurement(name="recovery", value=9, unit="s", n=99, low=9, high=11 if recovered else None),
        lost=Measurement(name="lost", value=lost, unit="count", n=lost, low=lost, high=lost),
        peak_amplification=Measurement(
            name="amplification.peak", value=3, unit="attempts/call", n=9, low=None, high=None
        ),
    )


def _rehearsal(*repetitions: Repetition) -> Rehearsal:
    return Rehearsal(
        scenario="s", policy="p", trigger_s=(8.0, 12.0), offered_per_s=250.0, repetitions=repetitions
    )


TRIED = _rehearsal(
    _repetition("a", 9203),
    _repetition("b", 9100),
    _repetition("c", 3600, RETRIES),
    _repetition("d", 3900, RETRIES),
)


def test_partial_help_comes_before_none_although_neither_recovered() -> None:
    table = attempt_table(ranked_attempts(TRIED))
    assert table["Levers"].tolist() == ["retries total=False", "no lever"]
    assert table["Calls lost, median"].tolist() == ["3,750", "9,152"]
    assert table["Lowest – highest"].tolist() == ["3,600 – 3,900", "9,100 – 9,203"]
    assert table["Recovered"].tolist() == ["0 of 2", "0 of 2"]


@pytest.mark.parametrize(
    ("tried", "says"),
    [
        (TRIED, "(3,600 to 3,900 of 2 attempts). Without a lever, 9,152 calls"),
        (_rehearsal(_repetition("a", 9), _repetition("b", 5, RETRIES)), "One attempt has no spread"),
        (
            _rehearsal(
                *(_repetition("a", lost) for lost in (8, 10)),
                *(_repetition("b", lost, RETRIES) for lost in (5, 9)),
            ),
            "The attempts of the two overlap, so a difference is not shown.",
        ),
        (_rehearsal(_repetition("a", 9)), "There is no attempt with a lever yet"),
        (_rehearsal(_repetition("a", 9, RETRIES)), "There is no attempt without a lever yet"),
    ],
)
def test_the_sentence_says_what_the_spread_shows(tried: Rehearsal, says: str) -> None:
    assert says in attempts_sentence(ranked_attempts(tried))


def test_each_attempt_is_a_line_under_the_name_of_its_levers() -> None:
    seconds = pd.DataFrame({"at_s": [0.0, 1.0], "goodput": [5.0, 0.0], "errors": [0.0, 5.0]})
    over_time = attempts_over_time(ranked_attempts(TRIED), dict.fromkeys("abcd", seconds))
    assert over_time.groupby("levers", sort=False)["run"].agg(list).map(len).tolist() == [4, 4]
    assert over_time["value"].tolist() == [5.0, 0.0] * 4
