"""Owners and reviews as rows."""

from __future__ import annotations

from datetime import date

from dashboard.data.review_table import review_rows
from harness.model.ownership import FileOwner
from harness.model.policy import Policy

TODAY = date(2027, 3, 1)


def test_a_file_in_order_has_nothing_to_do() -> None:
    policy = Policy(name="mine", owner=FileOwner(team="orders", contact="o@example.com"), review_by=TODAY)
    assert review_rows([policy], TODAY) == [["policy mine", "orders o@example.com", "2027-03-01", ""]]


def test_a_file_without_an_owner_says_what_to_do() -> None:
    ((_, owner, review, to_do),) = review_rows([Policy(name="mine")], TODAY)
    assert (owner, review) == ("–", "–")
    assert "has no owner" in to_do
