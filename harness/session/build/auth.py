"""The `auth` of a Session. None of these shows its secret in a repr."""

from __future__ import annotations

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth

from harness.model.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth, CustomAuth, DigestAuth
from harness.model.errors import ConfigError
from harness.session.build.user_code import load_object
from harness.session.secrets import remember, resolve


class HeaderAuth(AuthBase):
    """Sets one header."""

    def __init__(self, header: str, value: str) -> None:
        self._header, self._value = header, value

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers[self._header] = self._value
        return r

    def __repr__(self) -> str:
        return f"HeaderAuth({self._header!r}, …)"


def auth(settings: Auth | None, place: str) -> AuthBase | None:
    """What these settings describe. Raises ConfigError when a secret or a class cannot be loaded."""
    match settings:
        case None:
            return None
        case BearerAuth(token=token):
            return HeaderAuth("Authorization", f"Bearer {resolve(token, place, 'session.auth.token')}")
        case ApiKeyAuth(header=header, key=key):
            return HeaderAuth(header, resolve(key, place, "session.auth.key"))
        case BasicAuth(username=username, password=password):
            return HTTPBasicAuth(username, _password(username, password, place))
        case DigestAuth(username=username, password=password):
            return HTTPDigestAuth(username, _password(username, password, place))
        case CustomAuth(factory=factory):
            return _custom(factory, place)


def _password(username: str, reference: str, place: str) -> str:
    return remember(resolve(reference, place, "session.auth.password"), user=username)


def _custom(factory: str, place: str) -> AuthBase:
    try:
        made = load_object(factory, place, "session.auth.factory")()
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(
            place, "session.auth.factory", f"{factory} raised {type(error).__name__}: {error}"
        ) from error
    if not isinstance(made, AuthBase):
        raise ConfigError(
            place,
            "session.auth.factory",
            f"{factory} returned {type(made).__name__}; it must return an AuthBase",
        )
    return made
