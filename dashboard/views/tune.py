"""Tune: the Pareto front of a search for a policy, the lab's runs on it, and one policy with its run."""

from __future__ import annotations

import streamlit as st

from dashboard.charts.pareto import pareto_charts
from dashboard.components import elements
from dashboard.data import cached
from dashboard.data.kept_results import all_results, result_called
from dashboard.data.tuning_frames import front_table, name_of, objective_table, points
from dashboard.theme import labels
from harness.model.calibration import calibration_sentence
from harness.model.decision_text import decision_text
from harness.model.errors import RecordError
from harness.model.tuning import Candidate, Tuning
from harness.model.tuning_text import outcome_text, refused_text, settings_text
from harness.record.reader import Broken
from harness.record.result_store import TUNINGS
from harness.tuning.tuned_file import tuned_text

LOOK_EVERY_S = 2.0
EXAMPLE = "surgeline tune dependency-slowdown --policy textbook"
PREDICTED = "**Predicted** by simulation, not measured, and no verdict. What the lab measured stands apart."
OPEN = {"Open": st.column_config.LinkColumn(display_text="open", width="small")}


def page() -> None:
    """The search that `?search=…` names, else the newest; `?policy=…` is the policy that is opened."""
    st.title("Tune", anchor=False)
    found, broken = all_results(TUNINGS, cached.root())
    wanted = st.query_params.get("search")
    if wanted is not None and isinstance(why := result_called(TUNINGS, cached.root(), wanted), RecordError):
        elements.problem(why, "search")
    elif not found:
        st.info("**No policy has been searched here yet.** One command searches and confirms one:")
        st.code(EXAMPLE, "shell", wrap_lines=True)
    if found:
        chosen = _choice(found, wanted)
        live = TUNINGS.is_live(chosen, cached.root())
        st.fragment(_shown, run_every=LOOK_EVERY_S if live else None)(chosen.id)
    _broken(broken)


def _choice(found: list[Tuning], wanted: str | None) -> Tuning:
    by_id = {each.id: each for each in found}
    names = list(by_id)
    index = names.index(wanted) if wanted in by_id else 0
    picked = st.selectbox("Search", names, index, format_func=lambda name: _label(by_id[name]))
    if picked != wanted and (wanted in by_id or wanted is None) and picked != names[0]:
        st.query_params["search"] = picked
    return by_id[picked]


def _label(found: Tuning) -> str:
    return f"{found.started_at:%d %b %H:%M:%S} · {found.spec.scenario.name} · {found.spec.policy.name}"


def _shown(name: str) -> None:
    found = result_called(TUNINGS, cached.root(), name)
    if isinstance(found, RecordError):
        elements.problem(found, "search")
        return
    _headline(found)
    st.markdown(PREDICTED)
    st.caption(elements.escaped(calibration_sentence(found.spec.calibration)))
    frame = points(found)
    source = found.model_dump_json() if found.state == "complete" else ""
    elements.show_chart_of(
        source,
        lambda: pareto_charts(frame, elements.palette()),
        "pareto",
        "Policies by goodput, attempts and latency",
    )
    st.dataframe(front_table(found), hide_index=True, column_config=OPEN, key="front")
    for knob in found.refused:
        line = refused_text(knob, found.spec.scenario.name)
        st.caption(elements.escaped(f"{line[:1].upper()}{line[1:]}."))
    if found.left_out:
        st.caption(elements.escaped(f"Thresholds that the twin does not judge: {', '.join(found.left_out)}"))
    if found.candidates:
        _policy(found, _opened(found))
    with st.expander("The command"):
        st.code(found.command, "shell", wrap_lines=True)


def _headline(found: Tuning) -> None:
    """What the search came to; only a policy that the lab confirmed is named so."""
    text = elements.escaped(outcome_text(found))
    if found.winner is not None:
        st.success(f"**✓ {text}**")
    elif found.state == "complete":
        (st.info if not found.spec.confirm else st.warning)(f"**{text}**")
    elif TUNINGS.is_live(found, cached.root()):
        st.info(
            f"**● Searching** — {len(found.candidates)} policies tried, {len(found.checks)} run in the lab."
        )
    else:
        st.warning(f"**◐ Interrupted** — {len(found.candidates)} policies were tried.")
    if found.decision is not None:
        st.markdown(elements.escaped(decision_text(found.decision)))


def _opened(found: Tuning) -> Candidate:
    """The policy that the address names, else the winner, else the first one to confirm."""
    usual = found.winner if found.winner is not None else next(iter(found.chosen), 0)
    given = st.query_params.get("policy", "")
    named = found.candidate(int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else None
    return named or found.candidate(usual) or found.candidates[0]


def _policy(found: Tuning, candidate: Candidate) -> None:
    """One policy: its changes, its objectives, the thresholds that it would break, its run."""
    st.subheader(name_of(found, candidate), anchor=False)
    st.markdown(f"Changes: `{settings_text(candidate.settings)}`")
    elements.show_table(elements.escaped_cells(objective_table(found, candidate)))
    for threshold, beyond in candidate.beyond.items():
        st.caption(
            elements.escaped(
                f"Predicted not to pass {threshold}: a simulated run's bound is {beyond:.0%} of the limit beyond it"
            )
        )
    name = name_of(found, candidate)
    elements.download("Policy file (TOML)", tuned_text(found, candidate), f"{name}.toml", "application/toml")
    check = found.check(candidate.number)
    if check is None:
        st.caption("No run in the lab has confirmed it.")
    else:
        st.markdown(
            f"{elements.verdict_in_colour(check.verdict)} — {elements.escaped(labels.verdict_sentence(check.verdict))}"
        )
        st.page_link(
            "views/run.py", label="Its run", query_params={"run": check.run}, icon=":material/timeline:"
        )
    runs = [each.run for each in found.checks]
    if len(runs) > 1:
        st.page_link(
            "views/compare.py",
            label="Compare all runs",
            query_params={"runs": runs},
            icon=":material/compare_arrows:",
        )


def _broken(folders: list[Broken]) -> None:
    if folders:
        with st.expander(f"⚠ {len(folders)} searches can't be read"):
            for folder in folders:
                st.code(str(folder.error), language=None, wrap_lines=True)


page()
