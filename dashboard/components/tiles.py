"""Numbers side by side, each in a tile: as one element, so that a browser never shows those of two moments."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components.html_block import show_html


def show_tiles(tiles: Sequence[tuple[str, str, str]], sentence: str = "") -> None:
    """Each tile has its label, its value, and a text below; a sentence about all of them may follow."""
    show_html("tiles.html.j2", tiles=tiles, sentence=sentence)
