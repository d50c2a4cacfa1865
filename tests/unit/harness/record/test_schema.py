"""The schema keeps the columns of the records that exist."""

from pathlib import Path

import pyarrow.parquet
import pytest

from harness.record.schema import TABLES

FIXTURES = Path(__file__).parents[3] / "fixtures" / "schema_1"


@pytest.mark.parametrize("name", ["calls", "attempts", "pool", "driver", "events"])
def test_columns_of_schema_1_keep_their_names_and_types(name: str) -> None:
    (file,) = FIXTURES.glob(f"*/{name}.parquet")

    recorded = pyarrow.parquet.read_schema(file)

    now = TABLES[name]
    assert [(field.name, field.type) for field in recorded] == [
        (field.name, field.type) for field in now if field.name in recorded.names
    ]
