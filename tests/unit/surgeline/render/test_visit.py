"""A visit as a page: its requests in order, what was not used, and what cannot be known."""

from __future__ import annotations

from harness.model.learned import Unknown
from harness.model.visit import LearnedVisit, VisitStep
from surgeline.render.visit import visit_page


def test_the_page_says_what_was_used_and_what_was_not() -> None:
    steps = (
        VisitStep(route="GET /a|b", at_s=0.0, think_s=0.0, response_s=0.02, status=200, beside=False),
        VisitStep(route="GET /c", at_s=0.01, think_s=0.0, response_s=0.02, status=0, beside=True),
    )
    page = visit_page(
        LearnedVisit(
            file="v.har", host="shop.example", steps=steps, others=(("cdn.example", 3),), without_network=2,
            response=(), unknown=(Unknown(quantity="number of workers", why="one user"),),
        )
    )  # fmt: skip

    assert "2 requests to shop.example in 10.0 ms, from v.har." in page
    assert "Not used: requests to cdn.example (3); choose another host with --host." in page
    assert "Not used: 2 requests that the browser answered without the network." in page
    assert "| `GET /a\\|b` | 0 ms | 0 ms | 20.0 ms | 200 |" in page
    assert "| `GET /c` | 10.0 ms | none, others are under way | 20.0 ms | no response |" in page
    assert "- **number of workers**: one user." in page
