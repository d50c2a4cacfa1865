"""Colours can be told apart and read on their ground."""

from __future__ import annotations

from itertools import combinations

import pytest

from dashboard.theme.palette import DARK, LIGHT, Palette, series_looks


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_of_text(palette: Palette) -> None:
    texts = ("ink", "quiet", "fault", "lever", "limit", "bad", "series_3")
    roles = palette.roles()
    assert {r: c for r in texts if (c := _contrast(roles[r], palette.ground)) < 4.2} == {}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_have_the_contrast_that_wcag_asks_of_graphics(palette: Palette) -> None:
    assert [c for c in palette.series if _contrast(c, palette.ground) < 3] == []


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_roles_share_a_colour(palette: Palette) -> None:
    colours = list(palette.roles().values())
    assert len(set(colours)) == len(colours)


def test_series_differ_in_dash_too() -> None:
    looks = series_looks([str(i) for i in range(6)], LIGHT).values()
    assert all(a[1] != b[1] for a, b in combinations(looks, 2))


def test_a_policy_has_one_colour_whatever_it_is_shown_with() -> None:
    order = ["stateless", "textbook", "careful"]
    alone = series_looks(["careful"], LIGHT, order=order)
    beside = series_looks(["careful", "stateless"], LIGHT, order=order)
    assert alone["careful"] == beside["careful"]
    assert beside["careful"][0] != beside["stateless"][0]


def test_runs_of_one_policy_share_its_colour_and_differ_in_dash() -> None:
    looks = series_looks(["a · 1", "a · 2", "b · 1"], LIGHT, ["a", "a", "b"])
    (first, dash_1), (second, dash_2), (other, _) = looks.values()
    assert first == second != other
    assert dash_1 != dash_2


def test_policies_that_must_share_a_colour_differ_in_dash() -> None:
    looks = series_looks([f"p{number}" for number in range(7)], LIGHT)
    assert looks["p0"][0] == looks["p6"][0]
    assert looks["p0"][1] != looks["p6"][1]
