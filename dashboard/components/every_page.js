// `y` copies the page's address, which has its whole state; the sign beside a heading copies the link to its section.
// `?` opens the list of keys; `?`, Escape and its button close it.
// Links to pages of the dashboard take one entry of the history: Streamlit's own way takes two when the address has
// parameters, and then "back" has to be pressed twice. On `popstate` Streamlit reads page and parameters at once.

const LINKS = "[data-testid=stTopNavLink], [data-testid=stPageLink] a, a[data-one-step]";
const SECTION = "[data-testid=stHeaderActionElements] a";
const KEPT_MS = 10_000;
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

// A link to a section: the charts above it are drawn after Streamlit has scrolled there, and push it down.
function keepSectionInView() {
  const page = document.querySelector("[data-testid=stMainBlockContainer]");
  if (page.kept || !location.hash) return;
  page.kept = true;
  const resized = new ResizeObserver(() => document.getElementById(location.hash.slice(1))?.scrollIntoView());
  const stop = () => resized.disconnect();
  resized.observe(page);
  for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) addEventListener(name, stop, { once: true, capture: true });
  setTimeout(stop, KEPT_MS);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const place = drawn(parentElement, data.html);
  if (data.visit && data.visit !== place.visited) go(data.visit);
  place.visited = data.visit;
  const dialog = place.querySelector("dialog");
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  place.querySelector(".open").onclick = toggle;
  const button = place.querySelector(".copy");
  const copy = async (link = location.href) => {
    await navigator.clipboard.writeText(link);
    button.textContent = "Link copied";
    setTimeout(() => (button.textContent = "Copy link"), 2000);
  };
  button.hidden = !navigator.clipboard; // browsers have none on an address that is neither loopback nor https
  button.onclick = () => copy();
  const keys = { "?": toggle, y: () => button.hidden || copy() };
  const onKey = (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(FIELDS)) return;
    event.preventDefault();
    keys[event.key]();
  };
  const onClick = (event) => {
    const section = event.target.closest?.(SECTION);
    if (section && !button.hidden) copy(section.href);
    follow(event);
  };
  const theme = matchMedia("(prefers-color-scheme: dark)");
  const onTheme = () => requestAnimationFrame(() => setTriggerValue("theme", theme.matches ? "dark" : "light"));
  theme.addEventListener("change", onTheme);
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("click", onClick, true);
  keepSectionInView();
  return () => {
    theme.removeEventListener("change", onTheme);
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("click", onClick, true);
  };
}
