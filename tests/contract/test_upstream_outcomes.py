"""The table in the docs says what requests really does."""

import sys
import warnings
from pathlib import Path

import pytest

from benchmarks.upstream_outcomes import table

pytestmark = pytest.mark.alone

_PAGE = Path(__file__).parents[2] / "docs" / "upstream" / "outcomes.md"


@pytest.mark.skipif(sys.platform != "linux", reason="a full accept queue behaves so on Linux only")
def test_the_table_of_outcomes_is_up_to_date() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = table()

    assert made == _PAGE.read_text(encoding="utf-8"), "run: python -m benchmarks.upstream_outcomes --write"
