"""Fates follow from seed, rule, key and attempt, and from nothing else."""

import random
import statistics

from mock_upstream.faults.seeded_random import SeededRandom

_ASKED = [(f"{key}.1", attempt) for key in range(1000) for attempt in range(3)]


def test_the_order_of_asking_does_not_matter() -> None:
    shuffled = random.Random(3).sample(_ASKED, len(_ASKED))

    in_order = {asked: SeededRandom(7, "fault.0").draw(*asked) for asked in _ASKED}
    dice = SeededRandom(7, "fault.0")

    assert {asked: dice.draw(*asked) for asked in shuffled} == in_order


def test_seed_rule_key_and_attempt_all_count() -> None:
    throws = {
        SeededRandom(7, "a").draw("1", 0),
        SeededRandom(8, "a").draw("1", 0),
        SeededRandom(7, "b").draw("1", 0),
        SeededRandom(7, "a").draw("2", 0),
        SeededRandom(7, "a").draw("1", 1),
    }

    assert len(throws) == 5


def test_throws_are_uniform_and_independent() -> None:
    dice = SeededRandom(7, "fault.0")
    hits, forces = zip(*(dice.draw(*asked) for asked in _ASKED), strict=True)

    assert abs(statistics.fmean(hits) - 0.5) < 0.02  # 4 standard errors of 3,000 uniforms
    assert abs(statistics.fmean(forces) - 0.5) < 0.02
    assert abs(statistics.correlation(hits, forces)) < 0.07


def test_a_fault_decision_is_the_same_in_every_version() -> None:
    assert SeededRandom(7, "fault.0").draw("17.2", 0) == (0.6671025644554927, 0.7616605633251923)
    assert all(0.0 <= value < 1.0 for value in SeededRandom(0, "").draw("", 0))
