"""The schema keeps the columns of the records that exist."""

from pathlib import Path

import pyarrow.parquet
import pytest

from harness.model.quantities import NOT_ALWAYS_SHOWN
from harness.record.schema import TABLES, WHERE_ABSENT

FIXTURES = Path(__file__).parents[3] / "fixtures" / "schema_1"


@pytest.mark.parametrize("name", ["calls", "attempts", "pool", "driver", "events"])
def test_columns_of_schema_1_keep_their_names_and_types(name: str) -> None:
    (file,) = FIXTURES.glob(f"*/{name}.parquet")

    recorded = pyarrow.parquet.read_schema(file)

    now = TABLES[name]
    assert [(field.name, field.type) for field in recorded] == [
        (field.name, field.type) for field in now if field.name in recorded.names
    ]


@pytest.mark.parametrize("name", ["calls", "attempts"])
def test_what_a_library_may_hide_is_never_read_as_0(name: str) -> None:
    assert not NOT_ALWAYS_SHOWN & set(WHERE_ABSENT[name])
    (file,) = FIXTURES.glob(f"*/{name}.parquet")
    columns = NOT_ALWAYS_SHOWN & set(TABLES[name].names)
    assert columns <= set(pyarrow.parquet.read_schema(file).names)
