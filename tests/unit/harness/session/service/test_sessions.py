"""A declared policy on a Session that the service makes."""

from __future__ import annotations

import pytest

from harness.session.service.sessions import timeouts


@pytest.mark.parametrize(
    ("policy", "given", "used"),
    [
        (None, 3, 3),
        ((0.25, 0.5), None, (0.25, 0.5)),
        ((0.25, 0.5), 3, (0.25, 0.5)),
        ((None, 0.5), (1, 2), (1, 0.5)),
        ((0.25, None), 3, (0.25, 3)),
    ],
)
def test_the_policy_s_timeouts_replace_the_service_s_where_it_has_them(
    policy: tuple[float | None, float | None] | None, given: object, used: object
) -> None:
    assert timeouts(policy, given) == used
