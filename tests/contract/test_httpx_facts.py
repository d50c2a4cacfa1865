"""Facts about httpx and aiohttp that their transports and docs lean on. One that fails names what to rethink."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiohttp
import httpcore
import httpx


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """On a loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(work)


def test_the_pools_of_httpx_are_where_the_gauge_reads_them() -> None:
    for client in (httpx.Client(), httpx.AsyncClient()):
        assert client._transport._pool.connections == []  # type: ignore[attr-defined]


def test_the_connections_of_aiohttp_are_where_the_gauge_reads_them() -> None:
    async def found() -> tuple[int, int]:
        async with aiohttp.TCPConnector() as connector:
            return len(connector._acquired), len(connector._conns)

    assert _run(found()) == (0, 0)


def test_the_defaults_of_aiohttp_are_those_that_an_unset_timeout_means() -> None:
    assert aiohttp.ClientTimeout(total=300, sock_connect=30) == aiohttp.client.DEFAULT_TIMEOUT


def test_httpx_loses_a_slot_when_a_call_is_cancelled_before_its_connection_is_open() -> None:
    """httpcore's issue 1093. Once it is fixed, docs/guides/transports.md is wrong about it."""

    async def slots_lost() -> int:
        async with httpcore.AsyncConnectionPool(max_connections=1) as pool:
            both = [asyncio.create_task(pool.request("GET", "http://127.0.0.1:9/")) for _ in range(2)]
            await asyncio.sleep(0)
            for task in both:
                task.cancel()
                await asyncio.sleep(0)
            await asyncio.gather(*both, return_exceptions=True)
            return len(pool.connections)

    assert _run(slots_lost()) == 1
