"""The compiler of the twin, where it is absent."""

from __future__ import annotations

import importlib

import pytest

from harness.model.errors import ConfigError


@pytest.mark.usefixtures("without_numba")
@pytest.mark.parametrize("module", ["compiled", "prediction", "simulation"])
def test_without_numba_one_line_names_the_extra(module):
    for _ in range(2):  # A second attempt must not find a module that was imported by half.
        with pytest.raises(ConfigError, match=r"numba is not installed.*surgeline\[twin\]") as refused:
            importlib.import_module(f"harness.twin.{module}")
        assert "\n" not in str(refused.value)
