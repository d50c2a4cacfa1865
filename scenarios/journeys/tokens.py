"""A bearer token that expires, and one new login when it has."""

from typing import Any

import requests


def with_token(thread: Any) -> None:
    """Sends a request with the thread's token, and once more with a new one after a 401."""
    response = _request(thread)
    if response.status_code == 401 and _renew(thread):
        _request(thread)


def _request(thread: Any) -> requests.Response:
    bearer = {"Authorization": f"Bearer {thread.token}"} if hasattr(thread, "token") else {}
    response: requests.Response = thread.client.get("/protected", headers=bearer, name="GET /protected")
    return response


def _renew(thread: Any) -> bool:
    response = thread.client.post("/token?expires_s=2", name="POST /token")
    if response.ok:
        thread.token = response.json()["access_token"]
    return bool(response.ok)
