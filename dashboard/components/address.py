"""What a page chose by itself goes into its address, so that a copied address shows the same later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st


def keep_address(**chosen: str) -> None:
    """Puts parameters into the page's address in place of what it is, so that one press of "back" leaves the page.

    Streamlit would add an entry to the browser's history, to which "back" would return.
    """
    kept = {key: st.query_params.get_all(key) for key in st.query_params}
    if any(kept.get(key) != [value] for key, value in chosen.items()):
        replace_address({**kept, **{key: [value] for key, value in chosen.items()}})


def replace_address(parameters: Mapping[str, Sequence[str]]) -> None:
    """Makes these the parameters of the page's address, in place of what they are."""
    _mount()(key="address", data=urlencode(parameters, doseq=True))


@cache
def _mount() -> Any:
    return st.components.v2.component(
        "address", js=Path(__file__).with_name("address.js").read_text(encoding="utf-8")
    )
