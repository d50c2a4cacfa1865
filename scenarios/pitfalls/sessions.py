"""Sessions of the pitfalls that a policy's tables cannot describe."""

import requests
from requests.adapters import HTTPAdapter


def three_retries() -> requests.Session:
    """An int for `max_retries`, as in requests' own docstring."""
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=3))
    return session
