"""What a run tells the processes of its service, by their environment."""

from __future__ import annotations

import os

import pytest

from harness.session.service.orders import SITE, VARIABLE, ServiceOrder, watched

ORDER = ServiceOrder("127.0.0.1:1", "secret", '{"name": "careful"}', ("http://127.0.0.1:2",), ("a.example",))


def test_an_order_comes_out_of_the_environment_as_it_went_in() -> None:
    assert ServiceOrder.of_environment(ORDER.environment({})) == ORDER


def test_the_environment_keeps_its_own_path_behind_the_hook_s() -> None:
    path = watched(watched({"PYTHONPATH": "/src"}))["PYTHONPATH"]
    assert path == f"{SITE}{os.pathsep}/src"


def test_a_process_without_an_order_says_so() -> None:
    with pytest.raises(KeyError, match=VARIABLE):
        ServiceOrder.of_environment({})
