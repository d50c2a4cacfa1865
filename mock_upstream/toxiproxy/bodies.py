"""The bodies of requests to Toxiproxy's API. Unknown keys are ignored, and null is no value, as in Toxiproxy."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

BAD_BODY = "bad request body"
"""The place that errors about a body name: Toxiproxy's own words."""


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class ProxyBody(Body):
    """A proxy to create, or the settings of one to change."""

    name: str | None = None
    listen: str | None = None
    upstream: str | None = None
    enabled: bool | None = None


class PopulateBody(Body):
    """The proxies that must exist."""

    proxies: list[ProxyBody]


class ToxicBody(Body):
    """A toxic to add, or the settings of one to change."""

    name: str | None = None
    type: str | None = None
    stream: str | None = None
    toxicity: float | None = None
    attributes: Mapping[str, Any] | None = None
