// `?` opens the list of keys, `?`, Escape and the button close it. Its HTML was rendered and escaped by the server.

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
  const dialog = place.querySelector("dialog");
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  place.querySelector(".open").onclick = toggle;
  const onKey = (event) => {
    if (event.key !== "?" || event.target.closest?.("input:not([type=checkbox]), textarea, [contenteditable=true]")) return;
    event.preventDefault();
    toggle();
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}
