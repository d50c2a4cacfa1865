"""When the last values count as handed over."""

import threading

from harness.observe.scrape_server import Scrapes


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
