"""How attempts are numbered within one key.

A journey's call is one request, whose attempts are 0, 1, 2 and so on. A call that a service received may send several
requests; those of the second one are numbered from 100 on, those of the third from 200. So every attempt of a key
has a number of its own, which does not depend on how often an earlier request was retried.
"""

PER_REQUEST = 100
MOST_REQUESTS = 300
"""Requests of one call beyond it share the numbers of the last one, because a record's numbers have 16 bits."""


def first_of(request: int) -> int:
    """Return the number of the first attempt of a call's request; both count from 0."""
    return min(request, MOST_REQUESTS) * PER_REQUEST


def request_of(number: int) -> int:
    """Return which request of its call an attempt belongs to, from 0."""
    return number // PER_REQUEST


def within_request(number: int) -> int:
    """Return which attempt of its request an attempt is, from 0."""
    return number % PER_REQUEST
