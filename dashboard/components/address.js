// Replaces the query of the page's address. Streamlit reads the address again at `popstate`, as after "back".
export default function ({ data }) {
  if (location.search === `?${data}`) return;
  history.replaceState(history.state, "", `${location.pathname}?${data}${location.hash}`);
  window.dispatchEvent(new PopStateEvent("popstate"));
}
