"""One proxied connection: two directions, each with the toxics that apply to it."""

import asyncio
import contextlib
from random import Random
from typing import Protocol

from mock_upstream.faults.seeded_random import SeededRandom
from mock_upstream.net.socket_close import reset_on_close
from mock_upstream.toxiproxy.toxics import Emit, Toxic

_READ_BYTES = 65536
_QUEUED = 64


class Owner(Protocol):
    """The proxy that a link belongs to."""

    seed: int
    toxics: list[Toxic]


class Direction:
    """One direction of a link: reads on one side, applies the toxics, writes on the other."""

    def __init__(
        self, link: "Link", stream: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.rng = Random(f"{link.owner.seed}.{link.number}.{stream}")  # noqa: S311 - chance, not secrecy
        self.passed: dict[str, int] = {}
        self._link = link
        self._stream = stream
        self._reader = reader
        self._writer = writer
        self._arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_QUEUED)

    def hang_up(self) -> None:
        """Close both ends."""
        self._link.close()

    def reset(self) -> None:
        """Reset both ends."""
        self._link.reset()

    async def run(self) -> None:
        """Forward data until one side has closed; then close the other."""
        for toxic in self._mine():
            toxic.attributes.begin(self)
        reading = asyncio.create_task(self._read())
        try:
            while True:
                arrived_s, data = await self._arrived.get()
                if not data:
                    break
                await self._pass(self._mine(), data, arrived_s)
            for toxic in self._mine():
                await toxic.attributes.end(self)
        except (ConnectionError, OSError):
            pass
        finally:
            reading.cancel()
            self._link.close()

    def applies(self, toxic: Toxic) -> bool:
        """Return whether a toxic hits this direction of this link: its own random draw against the toxicity."""
        if toxic.stream != self._stream:
            return False
        owner = self._link.owner
        draw, _ = SeededRandom(owner.seed, f"toxic.{toxic.name}").draw(f"c{self._link.number}", 0)
        return draw < toxic.toxicity

    def _mine(self) -> list[Toxic]:
        return [toxic for toxic in self._link.owner.toxics if self.applies(toxic)]

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        data = b"-"
        while data:
            try:
                data = await self._reader.read(_READ_BYTES)
            except OSError:
                data = b""
            await self._arrived.put((loop.time(), data))

    async def _pass(self, toxics: list[Toxic], data: bytes, arrived_s: float) -> None:
        """Apply the first toxic to the data, and the others to its output."""
        if not toxics:
            self._writer.write(data)
            await self._writer.drain()
            return
        first, rest = toxics[0], toxics[1:]
        age_s = asyncio.get_running_loop().time() - arrived_s

        async def emit(piece: bytes) -> None:
            await self._pass(rest, piece, arrived_s)

        following: Emit = emit
        await first.attributes.take(first.name, data, age_s, self, following)


class Link:
    """A client's connection and its counterpart to the upstream; `number` counts from 1."""

    def __init__(self, owner: Owner, number: int) -> None:
        self.owner = owner
        self.number = number
        self._writers: list[asyncio.StreamWriter] = []
        self.directions: list[Direction] = []

    async def run(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        upstream: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Forward data in both directions until it is closed."""
        self._writers = [client[1], upstream[1]]
        self.directions = [
            Direction(self, "upstream", client[0], upstream[1]),
            Direction(self, "downstream", upstream[0], client[1]),
        ]
        await asyncio.gather(*(direction.run() for direction in self.directions))

    def close(self) -> None:
        """Close both ends with a FIN."""
        for writer in self._writers:
            writer.close()

    def reset(self) -> None:
        """Reset both ends."""
        for writer in self._writers:
            with contextlib.suppress(OSError):
                reset_on_close(writer.get_extra_info("socket"))
            writer.transport.abort()

    def removed(self, toxic: Toxic) -> None:
        """A toxic was removed from the proxy."""
        for direction in self.directions:
            if direction.applies(toxic):
                toxic.attributes.cleanup(direction)

    def added(self, toxic: Toxic) -> None:
        """A toxic was added to the proxy."""
        for direction in self.directions:
            if direction.applies(toxic):
                toxic.attributes.begin(direction)
