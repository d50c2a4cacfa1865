"""A login with a cookie, then the profile behind it."""

from typing import Any

import requests


class WrongProfile(Exception):
    """Somebody saw another one's profile: a Session's cookies were shared between users."""


def login_and_profile(thread: Any) -> None:
    """Logs a user in and opens the profile.

    The cookie lives in the Session. With `session.scope = "user"` each thread has one of its own; one Session for
    the whole process mixes users up as soon as two log in at once, and this journey says so.
    """
    user = f"user-{thread.random.randint(1, 1000)}"
    form = {"user": user, "password": "secret"}
    if not thread.client.post("/login", data=form, name="POST /login").ok:
        return
    profile: requests.Response = thread.client.get("/account", name="GET /account")
    if profile.ok and profile.json()["user"] != user:
        raise WrongProfile("a user saw another one's profile")
