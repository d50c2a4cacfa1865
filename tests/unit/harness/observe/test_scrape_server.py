"""When the last values count as handed over."""

import threading

import pytest

from harness.observe.scrape_server import Scrapes, names_loopback


def test_a_scrape_that_began_before_the_end_has_old_values() -> None:
    scrapes = Scrapes()
    scrapes.answered(began_s=9.9)

    assert not scrapes.wait_for_one_after(10.0, timeout_s=0.01)


def test_a_scrape_that_begins_after_the_end_ends_the_wait() -> None:
    scrapes = Scrapes()
    threading.Timer(0.02, scrapes.answered, [10.1]).start()

    assert scrapes.wait_for_one_after(10.0, timeout_s=5)


def test_there_is_no_scrape_before_the_first_one() -> None:
    scrapes = Scrapes()
    before = scrapes.any
    scrapes.answered(1.0)

    assert (before, scrapes.any) == (False, True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9464", "localhost", "LOCALHOST:1", "[::1]:9464", "lab.example:9464"]
)
def test_loopback_and_the_advertised_name_are_own_names(host: str) -> None:
    assert names_loopback(host, "Lab.example")


@pytest.mark.parametrize("host", ["evil.test:9464", "127.0.0.1.evil.test", "localhost.evil.test", "[::1", ""])
def test_a_name_of_another_site_is_none(host: str) -> None:
    assert not names_loopback(host)
