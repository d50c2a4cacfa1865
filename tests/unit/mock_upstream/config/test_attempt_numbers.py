"""Attempts of the requests of one call, each with a number of its own."""

from mock_upstream.config.attempt_numbers import first_of, request_of, within_request


def test_a_number_tells_the_request_and_the_attempt_of_it() -> None:
    number = first_of(2) + 3
    assert (request_of(number), within_request(number)) == (2, 3)


def test_the_only_request_of_a_journey_s_call_counts_from_zero() -> None:
    assert first_of(0) == 0


def test_the_number_of_any_request_fits_the_record() -> None:
    assert first_of(10_000) < 2**15 - 1000
