"""Text that is shown stays text."""

from __future__ import annotations

from dashboard.components.elements import escaped


def test_the_address_of_a_host_is_no_link() -> None:
    assert escaped("of http://a.test") == "of http\\:\u2060//a\\.test"
