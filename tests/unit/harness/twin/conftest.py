"""Fixtures of the twin's tests."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    """Seeded chance."""
    return np.random.default_rng(20)
