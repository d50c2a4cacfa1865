"""How attempts are numbered within one key.

A journey's call is one request, whose attempts are 0, 1, 2 and so on. A call that a service received may send several
requests; those of the second one are numbered from 1,000 on, those of the third from 2,000. So every attempt of a key
has a number of its own, which does not depend on how often an earlier request was retried.
"""

PER_REQUEST = 1000


def first_of(request: int) -> int:
    """Return the number of the first attempt of a call's request; both count from 0."""
    return request * PER_REQUEST


def within_request(number: int) -> int:
    """Return which attempt of its request an attempt is, from 0."""
    return number % PER_REQUEST
