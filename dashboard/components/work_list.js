// The list of runs: what is ticked or typed.

const isTyping = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=combobox], dialog, [role=dialog]");

export default function ({ data, parentElement, setStateValue }) {
  const list = drawn(parentElement, data.html);
  const rows = [...list.querySelectorAll("li[data-run]")];
  const selected = new Set(data.selected);

  const show = () => {
    for (const row of rows) {
      row.classList.toggle("selected", selected.has(row.dataset.run));
      row.classList.toggle("current", row.dataset.run === list.current);
      row.querySelector("input").checked = selected.has(row.dataset.run);
    }
  };
  const select = (run) => {
    selected.delete(run) || selected.add(run);
    show();
    setStateValue("selected", [...selected]);
  };
  const move = (by) => {
    const at = rows.findIndex((row) => row.dataset.run === list.current);
    const to = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];
    list.current = to?.dataset.run;
    to?.querySelector("a").focus({ preventScroll: true });
    to?.scrollIntoView({ block: "nearest" });
    show();
  };

  list.onclick = (event) => {
    const run = event.target.closest("li[data-run]")?.dataset.run;
    if (!run) return;
    list.current = run;
    if (event.target.closest("input")) select(run);
    else show(); // a link goes its own way
  };
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => list.current && select(list.current),
    c: () => document.querySelector(".st-key-runs-actions a")?.click(),
  };
  const onKey = (event) => {
    if (!(event.key in keys) || isTyping(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // Streamlit has a use for c of its own
    keys[event.key]();
  };
  window.addEventListener("keydown", onKey, true);
  show();
  return () => window.removeEventListener("keydown", onKey, true);
}
