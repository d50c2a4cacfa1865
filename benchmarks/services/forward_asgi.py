"""A FastAPI service that forwards each GET to its dependency, in a thread of its pool, for uvicorn."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
import requests
from fastapi import FastAPI, Response

API = os.environ["API"]
session = requests.Session()


@asynccontextmanager
async def with_threads(_: FastAPI) -> AsyncIterator[None]:
    """Gives the pool as many threads as the scenario's service has."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = int(os.environ["THREADS"])
    yield


app = FastAPI(lifespan=with_threads)


@app.get("/ready")
def ready() -> str:
    """Without asking the dependency."""
    return "ready"


@app.get("/orders/{number}")
def order(number: int) -> Response:
    """Responds with the dependency's response, 503 where there is none."""
    try:
        found = session.get(f"{API}/orders/{number}")
    except requests.RequestException as error:
        return Response(type(error).__name__, 503)
    return Response(found.content, found.status_code, media_type="application/json")
