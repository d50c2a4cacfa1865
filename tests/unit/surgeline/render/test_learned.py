"""What was learned, as a page and on the terminal: every number with its interval, and what cannot be known."""

from __future__ import annotations

import pytest

from surgeline.render.learned import learned_page, show_learned
from tests.unit.harness.learn.made_learned import learned


def test_every_number_has_its_interval_and_n() -> None:
    page = learned_page(learned(), {})

    assert "| workers | 8 | 7 – 9 | 1,000 |" in page
    assert "| service time p50 | 50.0 ms | 45.0 ms – 55.0 ms | 1,000 |" in page


def test_a_percentile_beyond_the_timeout_has_only_a_lower_bound() -> None:
    assert "| response time p99 | not reached | ≥ 300 ms | 1,000 |" in learned_page(learned(), {})


def test_what_cannot_be_known_is_listed_with_its_reason() -> None:
    page = learned_page(learned(), {})

    assert "## Cannot be known from this\n\n- **order of the queue**: it was assumed.\n" in page


def test_an_unknown_number_of_workers_has_no_row() -> None:
    page = learned_page(learned().model_copy(update={"workers": None, "load": None}), {})

    assert "| workers |" not in page
    assert "| load of the workers |" not in page


def test_a_route_cannot_leave_its_cell() -> None:
    [first, *rest] = learned().routes
    odd = learned().model_copy(update={"routes": (first.model_copy(update={"route": "GET /a|b`"}), *rest)})

    assert "| `GET /a\\|b'` |" in learned_page(odd, {})


def test_plots_are_linked_by_their_names() -> None:
    assert "![Arrivals](arrivals.svg)" in learned_page(learned(), {"Arrivals": "arrivals.svg"})


def test_the_terminal_names_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    show_learned(learned(), ["learned/upstream.toml"])
    printed = capsys.readouterr().out

    assert "order of the queue: cannot be known from this: it was assumed" in printed
    assert "Written: learned/upstream.toml" in printed
    assert "1 line did not fit and was skipped" in printed
