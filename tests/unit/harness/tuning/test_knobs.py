"""Which settings are varied, and the policies that they make."""

from __future__ import annotations

import pytest

from harness.inputs.policies import read_policy
from harness.inputs.shipped_files import file_names
from harness.inputs.varied_policies import value_of, with_settings
from harness.model.errors import ConfigError
from harness.tuning.knobs import USUAL, knobs_of


def test_a_range_has_the_kind_of_its_setting():
    read, total, pool = knobs_of(
        read_policy("textbook"), ["timeout.read_s=0.1..2", "retry.total=1..3", "adapter.pool_maxsize=2..40"]
    )
    assert (read.whole, read.log) == (False, True)
    assert (total.whole, total.log) == (True, False)
    assert (pool.whole, pool.log) == (True, True)


def test_whole_ends_of_a_fraction_do_not_make_it_whole():
    (read,) = knobs_of(read_policy("textbook"), ["timeout.read_s=1..2"])
    assert not read.whole


def test_a_key_alone_has_its_usual_range():
    assert knobs_of(read_policy("textbook"), ["retry.total", "policy.timeout.read_s"]) == (USUAL[2], USUAL[0])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["retry.status"], "retry.status has no usual range; write one"),
        (["timeout.read_s=2..1"], "must have the form timeout.read_s=LOW..HIGH with LOW below HIGH"),
        (["timeout.read_s=0..1"], "--vary: timeout.read_s is 0; it must be more than 0"),
        (["timeout.reads_s=1..2"], "did you mean read_s"),
        (["retry.total=0.5..2"], "retry.total is 0.5 (a number); it must be an integer"),
        (
            [
                "retry.total=1",
            ],
            "must have the form retry.total=LOW..HIGH",
        ),
        (["retry.total", "retry.total=1..2"], "is given more than once"),
        (["name=1..2"], "name is 1 (an integer); it must be a string"),
        (["timeout.read_s.x=1..2"], "cannot be set inside a value that is not a table"),
    ],
)
def test_what_cannot_be_varied_is_said_in_one_line(given, says):
    with pytest.raises(ConfigError) as refused:
        knobs_of(read_policy("textbook"), given)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_retries_that_no_table_counts_would_be_those_of_urllib3():
    with pytest.raises(ConfigError, match=r"add --vary retry\.total"):
        knobs_of(read_policy("storm-no-retries"), ["retry.backoff_factor=0..1"])


def _is_modelled(policy):
    return not (policy.as_is or policy.factory or policy.transport != "requests" or policy.hedge)


@pytest.mark.parametrize("name", [n for n in file_names("policy") if _is_modelled(read_policy(n))])
def test_the_usual_knobs_of_a_shipped_policy_make_policies_at_both_ends(name):
    policy = read_policy(name)
    knobs = knobs_of(policy, [])
    for end in ("low", "high"):
        made = with_settings(policy, {knob.key: getattr(knob, end) for knob in knobs}, "other")
        assert made.name == "other"
        for knob in knobs:
            value = value_of(made, knob.key)
            assert value == getattr(knob, end) or (end == "low" and knob.key == "retry.budget.ratio")
