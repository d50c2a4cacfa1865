"""Navigation, and nothing else."""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="surgeline", page_icon=":material/ssid_chart:", layout="wide")
st.navigation(
    [
        st.Page("pages/runs.py", title="Runs", icon=":material/list:", url_path="runs", default=True),
        st.Page("pages/run.py", title="Run", icon=":material/timeline:", url_path="run"),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare_arrows:", url_path="compare"),
    ],
    position="top",
).run()
