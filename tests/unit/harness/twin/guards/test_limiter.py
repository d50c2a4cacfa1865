"""The twin's limiters decide as those of the policies do."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from harness.model import limiter_settings as kinds
from harness.session.resilience.limiter import Limiter
from harness.twin.compiled import entry
from harness.twin.guards import limiter as twin
from harness.twin.guards.limiter_record import limiter

HOW_MANY = pytest.mark.parametrize("sequences", [300, pytest.param(2000, marks=pytest.mark.acceptance)])
"""Of each of the five kinds."""
STEPS = 400
ENTER, END, GIVE_BACK = range(3)


@entry
def decided(
    limiter, responses_s, sent_s, in_flight, draws, at_s, actions, picks, dropped, limits, until_s, entered
):
    """The limit and the window's end after each step, and what each entry gave.

    An attempt enters and is sent; or one of those under way ends and leaves; or one leaves without having been sent.
    """
    out = drawn = 0
    for step, now in enumerate(at_s):
        if actions[step] == ENTER:
            entered[step] = twin.enter(limiter)
            if entered[step] != twin.REFUSED:
                sent_s[out], in_flight[out] = now, entered[step]
                out += 1
        elif out > 0:
            one = picks[step] % out
            if actions[step] == END and twin.ended(
                limiter, responses_s, sent_s[one], now, dropped[step], in_flight[one]
            ):
                twin.decide(limiter, responses_s, now, draws[drawn])
                drawn += 1
            twin.leave(limiter)
            out -= 1
            sent_s[one], in_flight[one] = sent_s[out], in_flight[out]
        limits[step], until_s[step] = limiter.limit, limiter.until_s
    return drawn


class Fixed:
    """A source of random numbers that gives these."""

    def __init__(self, numbers):
        self.numbers = iter(numbers)

    def random(self):
        return next(self.numbers)


def expected(settings, draws, at_s, actions, picks, dropped):
    made, out, found = Limiter(settings, 0.0, Fixed(draws)), [], []
    for now, action, pick, drop in zip(at_s, actions, picks, dropped, strict=True):
        entered = 0
        if action == ENTER:
            admission = made.enter(0.0)
            entered = twin.REFUSED if admission is None else made.in_flight
            if admission is not None:
                admission.sent(now)
                out.append(admission)
        elif out:
            one = pick % len(out)
            if action == END:
                out[one].settle(now, drop)
            out[one].free()
            last = out.pop()
            if one < len(out):
                out[one] = last
        found.append((made.limit, made.state.until_s, entered))
    return [np.array(column) for column in zip(*found, strict=True)]


def some_settings(kind: str, draw: Random):
    most = draw.randint(4, 60)
    bounds = {
        "kind": kind,
        "least": draw.randint(1, 3),
        "most": most,
        "window_s": draw.choice([0.001, 0.03, 0.2]),
    }
    initial = {"initial": draw.randint(3, most)}
    if kind == "aimd":
        return kinds.AimdLimiter(
            **bounds, **initial, backoff_ratio=draw.uniform(0.5, 0.99), timeout_s=draw.uniform(0.01, 0.3)
        )
    if kind == "vegas":
        return kinds.VegasLimiter(**bounds, **initial, probe_multiplier=draw.choice([1, 30]))
    if kind == "gradient2":
        return kinds.Gradient2Limiter(
            **bounds, **initial, smoothing=draw.uniform(0.05, 1.0), queue=draw.randint(1, 6),
            tolerance=draw.uniform(1.0, 2.0), long_window=draw.choice([1, 10, 600]),
        )  # fmt: skip
    if kind == "envoy":
        return kinds.EnvoyLimiter(
            **bounds, min_rtt_interval_s=draw.uniform(0.05, 1.0), min_rtt_requests=draw.randint(1, 12),
            min_rtt_concurrency=draw.randint(3, 4), jitter=draw.random(), buffer=draw.random(),
        )  # fmt: skip
    return kinds.FailsafeLimiter(
        **bounds, **initial, longest_window_s=draw.uniform(0.2, 1.0), samples=draw.randint(1, 4),
        share=draw.uniform(0.3, 0.99), baseline_age=draw.randint(1, 20), correlation_window=draw.choice([10, 12, 50]),
        most_per_in_flight=draw.uniform(1.0, 8.0),
    )  # fmt: skip


@HOW_MANY
@pytest.mark.parametrize("kind", ["aimd", "vegas", "gradient2", "envoy", "failsafe"])
def test_many_sequences_are_decided_alike(kind, sequences):
    draw, rng, refused, changes = Random(kind), np.random.default_rng(11), 0, 0
    for number in range(sequences):
        settings = some_settings(kind, draw)
        at_s = np.cumsum(rng.exponential(draw.choice([0.001, 0.01]), STEPS))
        actions = rng.choice(3, STEPS, p=[0.5, 0.48, 0.02])
        picks, draws = rng.integers(0, 1000, STEPS) * (rng.random(STEPS) < 0.5), rng.random(STEPS)
        dropped, limits, until_s = (
            rng.random(STEPS) < draw.choice([0.0, 0.05]),
            np.zeros(STEPS),
            np.zeros(STEPS),
        )
        entered = np.zeros(STEPS, int)
        memory = np.zeros(STEPS), np.zeros(STEPS), np.zeros(STEPS, int)
        steps = draws, at_s, actions, picks, dropped
        decided(limiter(settings)[0], *memory, *steps, limits, until_s, entered)
        wanted = expected(settings, *(values.tolist() for values in steps))
        assert entered.tolist() == wanted[2].tolist(), (number, settings)
        np.testing.assert_allclose(limits, wanted[0], rtol=1e-12, err_msg=f"{number} {settings}")
        np.testing.assert_allclose(until_s, wanted[1], rtol=1e-12, err_msg=f"{number} {settings}")
        refused += int((entered == twin.REFUSED).sum())
        changes += int((np.diff(limits) != 0.0).sum())
    assert refused > sequences
    assert changes > 3 * sequences


def test_without_settings_there_is_no_kind():
    assert limiter(None)[0]["kind"] == 0
