"""A template: the Session that your service builds, and the calls of one request to your service.

`surgeline init` puts a copy of this file into your project. Change both functions, and run

    surgeline run bring-your-own -p bring-your-own
"""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


def build_session() -> requests.Session:
    """Your Session, exactly as your service makes it: import and call your own function here instead.

    It is called once per process, or as `[session] scope` of the policy says. Surgeline traces its calls
    without changing its behaviour.
    """
    session = requests.Session()
    session.headers["User-Agent"] = "my-service/1.0"
    retries = Retry(total=2, backoff_factor=0.1, status_forcelist=[502, 503, 504], raise_on_status=False)
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=32, max_retries=retries))
    return session


def journey(thread: Any) -> None:
    """The calls to the dependency for one request to your service, one after the other.

    - `thread.client` has a Session's verbs and takes paths or whole URLs; `name=` is the route's template.
    - A call that fails returns a response with `ok` False. An exception that you raise is counted as a journey's error.
    - `thread.random` draws the same under every policy, so that policies can be compared.
    - `thread.think(0.5)` waits half a second, as a user does.
    - `thread.feature("name")` is False after a lever has turned that feature off.
    """
    number = thread.random.randint(1, 100)
    order: requests.Response = thread.client.get(f"/orders/{number}", name="GET /orders/{id}")
    if order.ok and thread.feature("similar orders"):
        thread.client.get("/orders?size=5", name="GET /orders")
