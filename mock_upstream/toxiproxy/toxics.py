"""The toxics: the effect of each on the data in one direction of one connection.

Names, attributes and units are Toxiproxy's own (milliseconds, KB/s, microseconds): its clients send them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, NonNegativeInt

Emit = Callable[[bytes], Awaitable[None]]


class LinkControl(Protocol):
    """One direction of one connection, as a toxic controls it."""

    rng: Random
    passed: dict[str, int]
    """Bytes that have passed, by the name of the toxic that counts them."""

    def hang_up(self) -> None:
        """Close the connection with a FIN."""

    def reset(self) -> None:
        """Reset the connection."""


class Attributes(BaseModel):
    """Base of all toxics: passes everything on. Unknown attributes are ignored, as Toxiproxy does."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    type_name: ClassVar[str]

    def begin(self, line: LinkControl) -> None:
        """Start on a connection."""

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Apply the toxic to `data`, which was received `age_s` seconds ago, and emit the result."""
        await emit(data)

    async def end(self, line: LinkControl) -> None:
        """The sender has closed its end."""

    def cleanup(self, line: LinkControl) -> None:
        """The toxic is removed from a connection."""


class Latency(Attributes):
    """Delay all data by `latency` ± `jitter` milliseconds."""

    type_name = "latency"
    latency: int = 0
    jitter: int = 0

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Pass on what is old enough."""
        delay_s = (self.latency + self.jitter * (2 * line.rng.random() - 1)) / 1000
        await asyncio.sleep(max(0.0, delay_s - age_s))
        await emit(data)


class Bandwidth(Attributes):
    """Limit the data to `rate` KB per second; 0 is no limit."""

    type_name = "bandwidth"
    rate: int = 0

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Pass the data on in pieces of a tenth of a second."""
        size = self.rate * 100 if self.rate > 0 else len(data)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            if self.rate > 0:
                await asyncio.sleep(len(piece) / (self.rate * 1000))
            await emit(piece)


class SlowClose(Attributes):
    """Keep the connection open for `delay` milliseconds after its end."""

    type_name = "slow_close"
    delay: int = 0

    async def end(self, line: LinkControl) -> None:  # noqa: ARG002
        """Wait."""
        await asyncio.sleep(self.delay / 1000)


class Timeout(Attributes):
    """Drop all data, and close after `timeout` milliseconds; never, for 0."""

    type_name = "timeout"
    timeout: int = 0

    def begin(self, line: LinkControl) -> None:
        """Start the timer."""
        if self.timeout > 0:
            asyncio.get_running_loop().call_later(self.timeout / 1000, line.hang_up)

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:
        """Drop the data."""

    def cleanup(self, line: LinkControl) -> None:
        """Close the connection, because some of its data is missing."""
        line.hang_up()


class ResetPeer(Attributes):
    """Reset the connection `timeout` milliseconds after its first data."""

    type_name = "reset_peer"
    timeout: int = 0

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Reset the connection."""
        await asyncio.sleep(self.timeout / 1000)
        line.reset()


class Slicer(Attributes):
    """Slice data into packets of `average_size` ± `size_variation` bytes, `delay` microseconds apart."""

    type_name = "slicer"
    average_size: int = 0
    size_variation: NonNegativeInt = 0
    delay: int = 0

    async def take(self, name: str, data: bytes, age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Pass the data on in slices."""
        start = 0
        while start < len(data):
            variation = line.rng.randint(-self.size_variation, self.size_variation)
            size = max(1, self.average_size + variation) if self.average_size > 0 else len(data)
            await emit(data[start : start + size])
            await asyncio.sleep(self.delay / 1_000_000)
            start += size


class LimitData(Attributes):
    """Close the connection when `bytes` bytes have passed."""

    type_name = "limit_data"
    bytes: int = 0

    async def take(self, name: str, data: "bytes_", age_s: float, line: LinkControl, emit: Emit) -> None:  # noqa: ARG002
        """Pass on the data below the limit."""
        left = max(0, self.bytes - line.passed.get(name, 0))
        if left:
            await emit(data[:left])
        line.passed[name] = line.passed.get(name, 0) + len(data)
        if line.passed[name] >= self.bytes:
            line.hang_up()


bytes_ = bytes
TOXICS: dict[str, type[Attributes]] = {
    kind.type_name: kind for kind in (Latency, Bandwidth, SlowClose, Timeout, ResetPeer, Slicer, LimitData)
}


class Toxic:
    """A toxic on a proxy: attributes with a name, a stream and a toxicity."""

    def __init__(self, name: str, stream: str, toxicity: float, attributes: Attributes) -> None:
        self.name = name
        self.stream = stream
        self.toxicity = toxicity
        self.attributes = attributes

    def as_json(self) -> dict[str, Any]:
        """Return it as Toxiproxy's JSON."""
        return {
            "attributes": self.attributes.model_dump(),
            "name": self.name,
            "type": self.attributes.type_name,
            "stream": self.stream,
            "toxicity": self.toxicity,
        }
