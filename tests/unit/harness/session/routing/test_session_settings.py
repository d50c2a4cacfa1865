"""Settings of a Session that a changed policy sets, and those that the service has set itself."""

import requests

from harness.session.routing.session_settings import take_settings


def made(**settings: object) -> requests.Session:
    session = requests.Session()
    for name, value in settings.items():
        if isinstance(value, dict):
            getattr(session, name).update(value)
        else:
            setattr(session, name, value)
    return session


def test_what_the_old_policy_set_is_replaced_and_removed() -> None:
    own, old = made(headers={"A": "1", "B": "1"}), made(headers={"A": "1", "B": "1"})
    take_settings(own, old, made(headers={"A": "2", "C": "2"}))
    assert own.headers["A"] == "2"
    assert "B" not in own.headers
    assert own.headers["C"] == "2"


def test_what_the_service_has_set_itself_stays() -> None:
    own = made(headers={"A": "mine"}, verify="/mine.pem", max_redirects=3)
    take_settings(own, made(headers={"A": "1"}), made(headers={"A": "2"}, verify=False, max_redirects=9))
    assert own.headers["A"] == "mine"
    assert (own.verify, own.max_redirects) == ("/mine.pem", 3)


def test_values_follow_the_policy() -> None:
    own = made(max_redirects=5)
    take_settings(own, made(max_redirects=5), made(max_redirects=9, trust_env=False))
    assert (own.max_redirects, own.trust_env) == (9, False)


def test_cookies_of_the_upstream_stay_and_changed_ones_of_the_policy_are_set() -> None:
    own = made(cookies={"theirs": "1", "ours": "1"})
    take_settings(own, made(cookies={"ours": "1"}), made(cookies={"ours": "2"}))
    assert own.cookies.get_dict() == {"theirs": "1", "ours": "2"}
