"""What lab and driver say to each other keeps its meaning on the way."""

from __future__ import annotations

import pytest

from harness.model.driver_messages import Refused, from_driver
from harness.model.errors import ConfigError, MachineError, SurgelineError


@pytest.mark.parametrize(
    "error",
    [ConfigError("a.toml", "factory", "is missing"), MachineError("127.0.0.1:9", "metrics_port", "is taken")],
)
def test_an_error_of_the_driver_arrives_as_the_error_that_it_was(error: SurgelineError) -> None:
    arrived = from_driver.validate_json(Refused.by(error).model_dump_json())
    assert isinstance(arrived, Refused)
    assert type(arrived.error) is type(error)
    assert str(arrived.error) == str(error)
