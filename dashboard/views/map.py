"""Map: where a policy is stable, vulnerable or overloaded over two settings, and what runs say of it."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard.charts.stability import stability
from dashboard.components import elements, job_status
from dashboard.components.address import keep_address
from dashboard.components.widgets import file_choice
from dashboard.data import cached, map_frames
from dashboard.data.background_jobs import start_job
from dashboard.data.kept_results import all_results
from dashboard.theme import labels
from harness.inputs.policies import read_policy
from harness.inputs.scenarios import read_scenario
from harness.inputs.shipped_files import file_names
from harness.model.calibration import calibration_sentence
from harness.model.errors import ConfigError
from harness.model.stability_map import StabilityMap
from harness.record.reader import Broken
from harness.record.result_store import MAPS

LOOK_EVERY_S = 2.0
EXAMPLE = "surgeline map retry-storm --policy storm-three-retries --confirm 6"


def page() -> None:
    """The map that `?map=` names, else the newest, with the cell that `?x=` and `?y=` name by their places."""
    st.title("Map", anchor=False)
    found, broken = all_results(MAPS, cached.root())
    wanted = st.query_params.get("map", "")
    if wanted and all(each.id != wanted for each in found):
        st.error(elements.escaped(f"No map is called {wanted!r}; choose one in the list."))
    if found:
        chosen = _chosen(found, wanted)
        live = MAPS.is_live(chosen, cached.root())
        st.fragment(_drawn, run_every=LOOK_EVERY_S if live else None)(chosen.id, live=live)
        _cell(chosen)
    else:
        st.info("**No map has been made here yet.** One command simulates one and checks it by runs:")
        st.code(EXAMPLE, "shell", wrap_lines=True)
    _broken(broken)
    _new_map(expanded=not found)


def _chosen(found: list[StabilityMap], wanted: str) -> StabilityMap:
    by_id = {each.id: each for each in found}
    names = list(by_id)
    index = names.index(wanted) if wanted in by_id else 0
    picked = st.selectbox("Map", names, index, format_func=lambda name: _label(by_id[name]))
    return by_id[picked]


def _label(found: StabilityMap) -> str:
    spec = found.spec
    axes = f"{spec.x.title} × {spec.y.title}"
    return f"{found.started_at:%d %b %H:%M:%S} · {spec.scenario.name} · {spec.policy.name} · {axes}"


def _drawn(name: str, *, live: bool) -> None:
    """The map as far as it is known; read again while it is being made, whole once it is over."""
    found = next(each for each in all_results(MAPS, cached.root())[0] if each.id == name)
    if live and not MAPS.is_live(found, cached.root()):
        st.rerun()
    _headline(found)
    cells = map_frames.cells(found)
    if cells.empty:
        return
    runs, theory = map_frames.runs(found), map_frames.theory(found)
    source = found.model_dump_json() if found.state == "complete" else ""
    elements.show_chart_of(
        source,
        lambda: [stability(cells, runs, theory, found, elements.palette())],
        f"map-{name}",
        "The state of each cell over two settings, with the runs that check some of them",
    )
    spec = found.spec
    st.caption(
        f"Predicted: {found.simulations:,} seeds simulated in {len(found.cells):,} cells. "
        "S stable: it serves the load and recovers after the fault. V vulnerable: it serves the load, and does not "
        "recover before the last arrival. O overloaded: it does not serve the load even without the fault."
    )
    st.caption(elements.escaped(calibration_sentence(spec.calibration)))
    with st.expander("Where the states end, and the command"):
        elements.show_table(elements.escaped_cells(map_frames.ends(found)))
        st.caption(
            elements.escaped(f"{spec.scenario.name}, {spec.policy.name}, seeds from {spec.scenario.seed} on")
        )
        st.code(found.command, "shell", wrap_lines=True)
    elements.download("Cells (CSV)", map_frames.cells_csv(found), f"{found.id}.csv", "text/csv")


def _headline(found: StabilityMap) -> None:
    if MAPS.is_live(found, cached.root()):
        st.info(f"**● Being made** — {found.simulations:,} seeds simulated, {len(found.runs)} runs made.")
        return
    if found.state != "complete":
        st.warning(f"**{labels.state_label('interrupted')}** — what was made until then is below.")
    valid = [run for run in found.runs if not run.invalid]
    sentence = map_frames.checks_sentence(found)
    if not valid:
        st.info(sentence)
    elif all(found.agrees(run) for run in valid):
        st.success(f"**✓ {sentence}**")
    else:
        st.error(f"**✗ {sentence}**")


def _cell(found: StabilityMap) -> None:
    """One cell: what its seeds came to, the command that predicts it, and its runs."""
    spec = found.spec
    st.subheader("One cell", anchor="cell")
    left, right = st.columns(2)
    places = (range(len(spec.x.values)), range(len(spec.y.values)))
    x = left.selectbox(spec.x.title, places[0], _place("x", len(places[0])), format_func=spec.x.text)
    y = right.selectbox(spec.y.title, places[1], _place("y", len(places[1])), format_func=spec.y.text)
    keep_address(map=found.id, x=str(x), y=str(y))
    cell = found.cell(x, y)
    facts = {
        "Predicted state": cell.state,
        "Seeds": map_frames.seeds_text(cell) or "none simulated yet",
        "Recovery": map_frames.recovery_text(cell),
    }
    elements.settings(facts)
    command = found.predict_command(x, y)
    st.code(shlex.join(command), "shell", wrap_lines=True)
    if not cached.read_only() and st.button("Predict this cell", icon=":material/online_prediction:"):
        start_job(command[1:], cached.root(), f"{found.id} {x} {y}")
        st.rerun()
    job_status.show_job("predict", f"{found.id} {x} {y}")
    for run in (each for each in found.runs if (each.x, each.y) == (x, y)):
        st.markdown(
            elements.escaped(f"Run of the lab: {run.state}; {map_frames.check(found, run)}. {run.invalid}")
        )
        _run_link("Open the run", found, run.run)
        if run.calm_run:
            _run_link("Open the run without faults", found, run.calm_run)


def _run_link(label: str, found: StabilityMap, run: str) -> None:
    st.page_link("views/run.py", label=label, query_params={"range": found.id, "run": run})


def _place(key: str, count: int) -> int:
    text = st.query_params.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < count else 0


def _new_map(*, expanded: bool) -> None:
    """A form that makes a map, with the message of the command line where it can't be made."""
    if cached.read_only():
        return
    with st.expander("Make a map", expanded=expanded, icon=":material/grid_on:"):
        left, right = st.columns(2)
        with left:
            scenario = file_choice("scenario", file_names("scenario"), "retry-storm")
            x = st.text_input("Horizontal axis", "arrivals.rate=50..500")
        with right:
            policy = file_choice("policy", file_names("policy"), "storm-three-retries")
            y = st.text_input("Vertical axis", "retry.total=0..5")
        confirm = st.number_input("Runs along the boundary", 0, 100, 0, step=1)
        problem = _problem(scenario, policy)
        if problem is not None:
            st.error(elements.escaped(problem))
        if st.button("Make it", type="primary", icon=":material/play_arrow:", disabled=problem is not None):
            axes = ["--x", x, "--y", y, "--confirm", str(confirm)]
            start_job(["map", scenario, "--policy", policy, *axes], cached.root())
            st.rerun()
        job_status.show_job("map")


def _problem(scenario: str, policy: str) -> str | None:
    try:
        read_scenario(scenario)
        read_policy(policy)
    except ConfigError as problem:
        return str(problem)
    return None


def _broken(folders: list[Broken]) -> None:
    if folders:
        with st.expander(f"⚠ {len(folders)} maps can't be read"):
            for folder in folders:
                st.code(str(folder.error), language=None, wrap_lines=True)


page()
