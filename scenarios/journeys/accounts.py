"""A login with a cookie, then the profile behind it."""

from typing import Any

import requests


class WrongProfile(Exception):
    """A user got the profile of another user: a Session's cookies were shared between users."""


def login_and_profile(thread: Any) -> None:
    """Logs a user in and opens the profile.

    The cookie lives in the Session. With `session.scope = "user"` each thread has its own; one Session for the
    whole process mixes up users as soon as two log in concurrently, which this journey reports.
    """
    user = f"user-{thread.random.randint(1, 1000)}"
    form = {"user": user, "password": "secret"}
    if not thread.client.post("/login", data=form, name="POST /login").ok:
        return
    profile: requests.Response = thread.client.get("/account", name="GET /account")
    if profile.ok and profile.json()["user"] != user:
        raise WrongProfile("a user got the profile of another user")
