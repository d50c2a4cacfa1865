"""The stateful services, as a requests.Session meets them."""

from collections.abc import Iterator

import pytest
import requests

from benchmarks.upstream_outcomes import digest_agrees
from mock_upstream.config.toml import build
from mock_upstream.embedded import EmbeddedUpstream
from mock_upstream.endpoints.router import Router
from mock_upstream.endpoints.sample_apis.tokens import Tokens
from mock_upstream.http.request import Request
from mock_upstream.profile import Profile


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with EmbeddedUpstream(Profile(name="services")) as upstream:
        yield upstream.url


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


def test_a_login_opens_the_account_and_a_logout_closes_it(url: str, session: requests.Session) -> None:
    assert session.get(url + "/account").status_code == 401
    form = {"user": "ada", "password": "secret"}

    assert session.post(url + "/login", data=form).json() == {"user": "ada"}
    session.post(url + "/logout")

    assert session.get(url + "/account").status_code == 401


def test_a_wrong_password_opens_nothing(url: str, session: requests.Session) -> None:
    assert session.post(url + "/login", data={"user": "ada", "password": "x"}).status_code == 401
    assert "session" not in session.cookies


def test_a_token_opens_and_an_unknown_one_does_not(url: str, session: requests.Session) -> None:
    token = session.post(url + "/token").json()["access_token"]

    good = session.get(url + "/protected", headers={"Authorization": f"Bearer {token}"})
    bad = session.get(url + "/protected", headers={"Authorization": "Bearer x"})

    assert (good.status_code, bad.status_code) == (200, 401)
    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]


def test_a_token_expires_by_the_clock() -> None:
    now = 100.0
    router = Router(Tokens(lambda: now).endpoints())
    issue = Request("POST", b"/token?expires_s=5", [], b"")
    token = router.find(issue).handler(issue).body.split(b'"')[3]
    ask = Request("GET", b"/protected", [(b"Authorization", b"Bearer " + token)], b"")

    before = router.find(ask).handler(ask).status
    now = 105.0

    assert (before, router.find(ask).handler(ask).status) == (200, 401)


def test_orders_come_in_pages_newest_first(url: str, session: requests.Session) -> None:
    first = session.get(url + "/orders", params={"size": 30}).json()
    second = session.get(url + "/orders", params={"size": 30, "page": first["next_page"]}).json()

    numbers = [order["id"] for order in first["orders"] + second["orders"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 60


def test_an_order_is_made_once_per_idempotency_key(url: str, session: requests.Session) -> None:
    key = {"Idempotency-Key": "k-1"}

    first, again = (session.post(url + "/orders", json={"item": "tea"}, headers=key) for _ in range(2))
    other = session.post(url + "/orders", json={"item": "tea"})

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert other.json()["id"] == first.json()["id"] + 1
    assert session.get(url + first.headers["Location"]).json() == first.json()


def test_a_shared_cookie_is_seen_as_a_leak(url: str, session: requests.Session) -> None:
    session.get(url + "/tenants/red/enter")
    assert session.get(url + "/mine", headers={"X-Tenant": "red"}).json()["items"][0] == "red-1"

    session.get(url + "/tenants/blue/enter")

    assert session.get(url + "/mine", headers={"X-Tenant": "red"}).status_code == 409
    assert session.get(url + "/tenants/leaks").json()["leaks"] == 1


def test_a_large_download_has_its_digest(url: str, session: requests.Session) -> None:
    response = session.get(url + "/download/5000001")

    assert len(response.content) == 5_000_001
    assert digest_agrees(response) is True


def test_configured_routes_come_first(session: requests.Session) -> None:
    routes = [
        {"path": "/stock/*", "status": 418, "body": '{"left": 3}', "headers": {"X-From": "route"}},
        {"path": "/get", "service_time": {"distribution": "fixed", "value_s": 0.05}},
    ]
    with EmbeddedUpstream(build(Profile, {"name": "routes", "route": routes}, "test")) as upstream:
        fixed = session.get(upstream.url + "/stock/tea")
        slow = session.get(upstream.url + "/get")
        rows = upstream.upstream.ledger.read(0, 1)[2]

    assert (fixed.status_code, fixed.json(), fixed.headers["X-From"]) == (418, {"left": 3}, "route")
    assert slow.elapsed.total_seconds() >= 0.05
    assert rows[0].route == "/stock/*"
