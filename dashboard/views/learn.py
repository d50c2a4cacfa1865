"""Learn from production: what a journal, a log or a HAR tells of an upstream, and what cannot be known from it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboard.charts.learned import rate_steps, service_distribution
from dashboard.components import elements
from dashboard.components.address import keep_address
from dashboard.components.tiles import show_tiles
from dashboard.data import cached
from dashboard.data.learned_frames import (
    estimate_table,
    percentile_frame,
    rate_frame,
    route_table,
    visit_table,
)
from dashboard.data.source_files import MOST_BYTES, SourceFile, source_files
from harness.learn.estimate import learn
from harness.learn.har import learned_visit
from harness.learn.learned_text import (
    KINDS,
    NAMES,
    interval_text,
    law_text,
    measured,
    overhead_text,
    source_text,
)
from harness.learn.second_source import SecondFiles
from harness.model.errors import ConfigError
from harness.model.formatting import format_measured
from harness.model.learned import Learned, Unknown
from harness.model.visit import LearnedVisit

EXAMPLE = "surgeline learn orders.jsonl --out learned"
TILES = ("arrivals", "workers", "service.p50", "response.p99")
INTRODUCTION = (
    "Choose a service's journal, an access log, spans of OpenTelemetry or a browser's HAR. The page shows what can be"
    " estimated from it, and what cannot be known; the command below writes an upstream and a scenario."
)


def page() -> None:
    """The estimates from the file that `?file=` names, compared with the one of `?beside=`."""
    st.title("Learn", anchor=False)
    st.markdown(INTRODUCTION)
    if cached.read_only():
        st.info("This dashboard is read-only, so it shows no files. Learn on the command line:")
        st.code(EXAMPLE, "shell", wrap_lines=True)
        return
    files = {str(each.path): each for each in source_files([cached.root(), Path()])}
    if not files:
        st.info("No file of .jsonl, .ndjson, .log or .har lies in the runs folder or in the working folder.")
        st.code(EXAMPLE, "shell", wrap_lines=True)
        return
    chosen, second = _choice(files)
    if chosen is None:
        return
    keep_address(file=chosen, beside=second or [])
    command = ["surgeline", "learn", chosen, *(["--beside", second] if second else []), "--out", "learned"]
    if any(files[each].too_large for each in (chosen, second) if each):
        st.warning(
            f"The page reads at most {MOST_BYTES // 1_000_000} MB. The command line has no such limit:"
        )
    else:
        _show(files[chosen], files[second] if second else None)
        st.caption("This writes the upstream, the scenario and a page about them:")
    st.code(shlex.join(command), "shell", wrap_lines=True)


def _choice(files: dict[str, SourceFile]) -> tuple[str | None, str | None]:
    left, right = st.columns(2)
    with left:
        chosen = _file("File", "file", files, list(files))
    if chosen is None or chosen.endswith(".har"):
        return chosen, None
    with right:
        others = [each for each in files if each != chosen and not each.endswith(".har")]
        return chosen, _file(
            "Second source of the same server's requests (optional)", "beside", files, others
        )


def _file(label: str, key: str, files: dict[str, SourceFile], options: Sequence[str]) -> str | None:
    named = st.query_params.get(key, "")
    wanted = str(Path(named).absolute()) if named else ""
    index = options.index(wanted) if wanted in options else None
    if wanted and index is None:
        st.error(elements.escaped(f"{named} lies neither in the runs folder nor in the working folder."))
    return st.selectbox(
        label, options, index=index, format_func=lambda path: files[path].label, placeholder="choose a file"
    )


def _show(file: SourceFile, second: SourceFile | None) -> None:
    with st.spinner("Estimating …"):
        found = _learned(file, second)
    if isinstance(found, str):
        st.error(elements.escaped(found))
    elif isinstance(found, LearnedVisit):
        st.markdown(elements.escaped(f"{len(found.steps)} requests to {found.host}, from {found.file}."))
        elements.show_table(elements.escaped_cells(visit_table(found)))
        _unknown(found.unknown)
    else:
        _estimates(found)


@st.cache_data(show_spinner=False, max_entries=8)
def _learned(file: SourceFile, second: SourceFile | None) -> Learned | LearnedVisit | str:
    """What the file tells, or why nothing can be learned from it."""
    try:
        if file.path.suffix == ".har":
            return learned_visit(file.path)
        return learn([file.path], beside=SecondFiles([second.path]) if second else None)
    except ConfigError as problem:
        return str(problem)


def _estimates(found: Learned) -> None:
    st.markdown(elements.escaped(source_text(found)))
    by_name = {each.name: each for each in measured(found)}
    show_tiles(
        [
            (NAMES[name], format_measured(each), f"{interval_text(each)}, n = {each.n:,}")
            if (each := by_name.get(name))
            else (NAMES[name], "unknown", "see below")
            for name in TILES
        ]
    )
    _unknown(found.unknown)
    st.subheader("Estimates", anchor=False)
    elements.show_table(elements.escaped_cells(estimate_table(found)))
    arrivals = KINDS[found.arrivals.kind]
    st.markdown(
        elements.escaped(f"Service times: {law_text(found)}. Calls arrive {arrivals}.{overhead_text(found)}")
    )
    theme = elements.palette()
    elements.show_chart(
        [rate_steps(rate_frame(found), theme)],
        "learned-arrivals",
        "Calls per second in each step of the time.",
    )
    elements.show_chart(
        [service_distribution(percentile_frame(found), theme)],
        "learned-times",
        "Percentiles of service times and response times with their intervals.",
    )
    st.subheader("Routes", anchor=False)
    elements.show_table(elements.escaped_cells(route_table(found)))


def _unknown(unknown: Sequence[Unknown]) -> None:
    st.subheader("Cannot be known from this", anchor=False)
    st.markdown(
        "\n".join(
            f"- **{elements.escaped(each.quantity)}**: {elements.escaped(each.why)}." for each in unknown
        )
    )


page()
