// `y` copies the page's address, which has its whole state. `?` opens the list of keys; `?`, Escape and its button close it. Its HTML was rendered and escaped by the server.
// Links to pages of the dashboard take one entry of the history: Streamlit's own way takes two when the address has
// parameters, and then "back" has to be pressed twice. On `popstate` Streamlit reads page and parameters at once.

const LINKS = "[data-testid=stTopNavLink], [data-testid=stPageLink] a, a[data-one-step]";
const FIELDS = "input:not([type=checkbox]), textarea, [contenteditable=true]";

function go(address) {
  history.pushState(null, "", address);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function follow(event) {
  const link = event.target.closest?.(LINKS);
  if (!link?.href || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.getAttribute("aria-disabled") === "true" || new URL(link.href).origin !== location.origin) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (link.href === location.href) return;
  go(link.href);
  if (link.hash) document.getElementById(link.hash.slice(1))?.scrollIntoView();
}

export default function ({ data, parentElement }) {
  let place = parentElement.querySelector(":scope > .drawn");
  if (!place) {
    place = document.createElement("div");
    place.className = "drawn";
    parentElement.appendChild(place);
  }
  if (place.source !== data.html) {
    place.source = data.html;
    place.innerHTML = data.html;
  }
  if (data.visit && data.visit !== place.visited) go(data.visit);
  place.visited = data.visit;
  const dialog = place.querySelector("dialog");
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  place.querySelector(".open").onclick = toggle;
  const button = place.querySelector(".copy");
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Link copied";
    setTimeout(() => (button.textContent = "Copy link"), 2000);
  };
  button.hidden = !navigator.clipboard; // browsers have none on an address that is neither loopback nor https
  button.onclick = copy;
  const keys = { "?": toggle, y: () => button.hidden || copy() };
  const onKey = (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(FIELDS)) return;
    event.preventDefault();
    keys[event.key]();
  };
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("click", follow, true);
  return () => {
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("click", follow, true);
  };
}
