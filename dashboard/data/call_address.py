"""The address of the page of calls: its filter, order, page and open call as query parameters, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import isfinite
from typing import TypeVar

from harness.model.call_query import CallFilter, CallOrder, CallQuery

E = TypeVar("E", bound=StrEnum)
Parameters = Mapping[str, Sequence[str]]
CALL = "call"
LARGEST = 2**31 - 1
SHOWN_AT_MOST = 40
"""Characters of a wrong value that its sentence repeats."""
_DEFAULT = CallFilter()
_SECONDS = {"slower": "slower_s", "faster": "faster_s", "from": "from_s", "until": "until_s"}
_KEYS = ("outcome", "status", "route", "fault", "attempts", *_SECONDS, "moment", "order", "page")
"""The parameters of a query; the run and the open call have their own."""


def parameters_of(query: CallQuery) -> dict[str, list[str]]:
    """What the address says of a query; what is as usual is left out."""
    of = query.filter
    found = {
        "outcome": list(of.outcomes),
        "status": [str(status) for status in of.statuses],
        "route": list(of.routes),
        "fault": [of.fault] if of.fault else [],
        "attempts": [str(of.attempts)] if of.attempts else [],
        "moment": [_word(of.moment)] if of.moment is not _DEFAULT.moment else [],
        "order": [_word(query.order)] if query.order is not CallOrder.SLOWEST else [],
        "page": [str(query.page)] if query.page > 1 else [],
    }
    for key, name in _SECONDS.items():
        seconds = getattr(of, name)
        found[key] = [] if seconds is None else [f"{seconds:.12g}"]
    return {key: found[key] for key in _KEYS if found[key]}


def cell_filter(at_s: float, end_s: float, low_s: float, high_s: float) -> CallFilter:
    """The calls of one cell of a heat map: that ended in these seconds, and took so long."""
    return CallFilter(slower_s=low_s, faster_s=high_s, from_s=at_s or None, until_s=end_s)


def query_of(parameters: Parameters) -> tuple[CallQuery, list[str]]:
    """The query of an address, and a sentence about each value that is none and was left out."""
    problems: list[str] = []
    wanted = CallFilter(
        outcomes=tuple(parameters.get("outcome", ())),
        statuses=tuple(_whole(parameters, "status", problems, lowest=0)),
        routes=tuple(parameters.get("route", ())),
        fault=next(iter(parameters.get("fault", ())), ""),
        attempts=next(iter(_whole(parameters, "attempts", problems, lowest=1)), 0),
        moment=_choice(parameters, "moment", _DEFAULT.moment, problems),
        **{name: _seconds(parameters, key, problems) for key, name in _SECONDS.items()},
    )
    page = next(iter(_whole(parameters, "page", problems, lowest=1)), 1)
    return CallQuery(wanted, _choice(parameters, "order", CallOrder.SLOWEST, problems), page), problems


def open_call(parameters: Parameters) -> tuple[tuple[int, int] | None, list[str]]:
    """Arrival and step of the call that the address opens, and a sentence about a value that names no call."""
    text = next(iter(parameters.get(CALL, ())), "")
    if not text:
        return None, []
    arrival, dot, step = text.partition(".")
    if dot and _is_whole(arrival, 2**63 - 1) and _is_whole(step, 2**15 - 1):
        return (int(arrival), int(step)), []
    shown = repr(text[:SHOWN_AT_MOST])
    return None, [
        f"The address opens {shown}, which names no call: a call is named ARRIVAL.STEP, such as 12.0."
    ]


def filter_sentence(of: CallFilter) -> str:
    """The conditions of a filter in words; "" without any."""
    said = []
    if of.outcomes:
        said.append(f"outcome {' or '.join(of.outcomes)}")
    if of.statuses:
        said.append(f"status {' or '.join(str(status or 'none') for status in of.statuses)}")
    if of.routes:
        said.append(f"route {' or '.join(of.routes)}")
    if of.fault:
        said.append(f"hit by {of.fault}")
    if of.attempts:
        said.append(f"at least {of.attempts} attempt{'s' * (of.attempts != 1)}")
    for words, seconds in (
        ("latency at least", of.slower_s),
        ("latency below", of.faster_s),
        (f"{of.moment} at or after", of.from_s),
        (f"{of.moment} before", of.until_s),
    ):
        if seconds is not None:
            said.append(f"{words} {seconds:g} s")
    return "; ".join(said)


def _whole(parameters: Parameters, key: str, problems: list[str], lowest: int) -> list[int]:
    found = []
    for text in parameters.get(key, ()):
        if _is_whole(text, LARGEST) and int(text) >= lowest:
            found.append(int(text))
        else:
            problems.append(_left_out(key, text, f"a whole number of at least {lowest}"))
    return found


def _is_whole(text: str, largest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= largest


def _seconds(parameters: Parameters, key: str, problems: list[str]) -> float | None:
    text = next(iter(parameters.get(key, ())), "")
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if isfinite(seconds) and seconds >= 0:
        return seconds
    problems.append(_left_out(key, text, "a number of seconds"))
    return None


def _choice(parameters: Parameters, key: str, usual: E, problems: list[str]) -> E:
    text = next(iter(parameters.get(key, ())), "")
    by_word = {_word(choice): choice for choice in type(usual)}
    if text and text not in by_word:
        problems.append(_left_out(key, text, f"one of {', '.join(by_word)}"))
    return by_word.get(text, usual)


def _left_out(key: str, text: str, wanted: str) -> str:
    return f"The address has {key}={text[:SHOWN_AT_MOST]!r}, which is not {wanted}; it is left out."


def _word(choice: StrEnum) -> str:
    """A choice as one word of an address."""
    return choice.name.lower().replace("_", "-")
