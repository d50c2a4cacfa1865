"""What a page chose by itself goes into its address, so that a copied address shows the same later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from dashboard.components.browser_part import browser_part


def keep_address(**chosen: str | Sequence[str]) -> None:
    """Puts parameters into the page's address in place of what it is, so that one press of "back" leaves the page.

    A parameter without values is taken out. Streamlit would add an entry to the browser's history, to which "back"
    would return. A page calls it once.
    """
    kept = {key: st.query_params.get_all(key) for key in st.query_params}
    wanted = {key: [value] if isinstance(value, str) else list(value) for key, value in chosen.items()}
    if any(kept.get(key, []) != values for key, values in wanted.items()):
        replace_address({key: values for key, values in {**kept, **wanted}.items() if values})


def replace_address(parameters: Mapping[str, Sequence[str]]) -> None:
    """Makes these the parameters of the page's address, in place of what they are."""
    browser_part("address")(key="address", data=urlencode(parameters, doseq=True))
