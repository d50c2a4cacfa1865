"""Charts as SVG to be put into a page: their colours follow the page's, and nothing in them runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from altair.typing import ChartType

from dashboard.theme.palette import DARK, LIGHT, Palette, styled

_SIZE = re.compile(r'^<svg([^>]*?) width="[\d.]+" height="[\d.]+"')
_CLIP = re.compile(r'(id="|url\(#)(?=(?:clip|gradient))')


def inline(panels: Sequence[ChartType], width: int, prefix: str) -> tuple[str, ...]:
    """Each panel as inline SVG, `width` CSS pixels wide or as narrow as the page.

    `prefix` keeps the ids of several charts on one page apart. Charts must be drawn in the light palette; each
    of its colours becomes the page's variable of that role. Text in the SVG is escaped by the renderer.
    """
    return tuple(_svg(panel, width, f"{prefix}-{i}-") for i, panel in enumerate(panels))


def variables(palette: Palette) -> str:
    """A palette as CSS custom properties."""
    return " ".join(f"--{role}: {colour};" for role, colour in palette.roles().items())


THEMES = {"light": variables(LIGHT), "dark": variables(DARK)}


def _svg(panel: ChartType, width: int, prefix: str) -> str:
    import vl_convert

    spec: dict[str, Any] = styled(panel, LIGHT).to_dict()
    spec["width"] = width
    spec["config"]["aria"] = False
    drawn: str = vl_convert.vegalite_to_svg(spec)
    drawn = _CLIP.sub(lambda match: match.group(1) + prefix, _SIZE.sub(r"<svg\1", drawn, count=1))
    for role, colour in LIGHT.roles().items():
        drawn = drawn.replace(f'"{colour}"', f'"var(--{role}, {colour})"')
    return drawn
