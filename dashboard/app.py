"""Navigation, and nothing else.

The pages live in views/, not in pages/: Streamlit runs a folder of that name by itself, without this file,
when the first visitor follows a link to a page.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from dashboard.components.elements import escaped
from dashboard.components.every_page import every_page
from dashboard.launch import PROMETHEUS, answers_to, own_names
from harness.model.errors import SurgelineError

ICON = Path(__file__).with_name("icon.svg")  # our own: a named icon would be fetched from the network

st.set_page_config(page_title="surgeline", page_icon=str(ICON), layout="wide")
visited = st.context.headers.get("Host")
names = own_names(st.get_option("server.address") or "")
foreign = visited is not None and not answers_to(visited, names)
if foreign and not st.get_option("server.allowedHosts"):  # Streamlit was started without our options.
    st.error("This dashboard does not answer to this host name. Open it as http://127.0.0.1 with its port.")
    st.stop()
PAGES = [
    st.Page("views/home.py", title="Home", icon=":material/home:", url_path="home", default=True),
    st.Page("views/runs.py", title="Runs", icon=":material/list:", url_path="runs"),
    st.Page("views/run.py", title="Run", icon=":material/timeline:", url_path="run"),
    st.Page("views/calls.py", title="Calls", icon=":material/waterfall_chart:", url_path="calls"),
    st.Page("views/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    st.Page("views/range.py", title="Capacity", icon=":material/speed:", url_path="range"),
    st.Page("views/map.py", title="Map", icon=":material/grid_on:", url_path="map"),
    st.Page("views/tune.py", title="Tune", icon=":material/tune:", url_path="tune"),
    st.Page("views/rehearse.py", title="Rehearse", icon=":material/emergency:", url_path="rehearse"),
    st.Page("views/advise.py", title="Advise", icon=":material/rule:", url_path="advise"),
    st.Page("views/learn.py", title="Learn", icon=":material/school:", url_path="learn"),
    st.Page("views/new_run.py", title="New run", icon=":material/play_arrow:", url_path="new_run"),
]
if os.environ.get(PROMETHEUS):
    prometheus = "views/prometheus.py"
    PAGES.append(st.Page(prometheus, title="Prometheus", icon=":material/monitoring:", url_path="prometheus"))
chosen = st.navigation(PAGES, position="top")
try:
    chosen.run()
except SurgelineError as problem:  # such as a damaged table of a run
    st.error(escaped(str(problem)))
every_page(chosen.title)
