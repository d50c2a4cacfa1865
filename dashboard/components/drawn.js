// The place of a template in the page; its HTML was rendered and escaped by the server, and is drawn when it changes.
function drawn(parent, html) {
  let place = parent.querySelector(":scope > .drawn");
  if (!place) {
    place = document.createElement("div");
    place.className = "drawn";
    parent.appendChild(place);
  }
  if (place.source !== html) {
    place.source = html;
    place.innerHTML = html;
  }
  return place;
}

