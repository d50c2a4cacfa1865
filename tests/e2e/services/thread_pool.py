"""A FastAPI service whose handlers are plain functions, so that they run in its thread pool."""

import os

import requests
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, StreamingResponse

API = os.environ["API"]
SHARED = requests.Session()
app = FastAPI()


def shared():
    return SHARED.get(API + "/orders/1").text


@app.get("/ready")
def ready():
    return "ready"


@app.get("/shared")
def by_shared():
    return PlainTextResponse(shared())


@app.get("/own")
def by_own():
    with requests.Session() as session:
        return PlainTextResponse(session.get(API + "/orders/1").text)


@app.get("/alone")
def by_alone():
    return PlainTextResponse(requests.get(API + "/orders/1", timeout=5).text)


@app.get("/streamed")
def by_streamed():
    return StreamingResponse(shared() for _ in range(2))
