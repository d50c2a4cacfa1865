// The bar of a run's verdict and phases, one crosshair over all time charts, and the choice of seconds by dragging.

const CHARTS = ".st-key-time-charts svg.marks";
const PLOT = "g.role-frame.root path.background"; // the area between the axes of a chart
const LEAST_PX = 6; // a shorter drag is a click

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.listeners?.abort();
  const listeners = (parentElement.listeners = new AbortController());
  const bar = parentElement.querySelector(".bar");
  const over = parentElement.querySelector(".over");
  for (const [role, colour] of Object.entries(data.colours)) bar.style.setProperty(`--${role}`, colour);
  const shown = JSON.stringify(data);
  if (bar.dataset.shown !== shown) {
    bar.dataset.shown = shown;
    showBar(bar, data, setTriggerValue);
  }
  followPointer(bar, over, data, setTriggerValue, listeners.signal);
  return () => listeners.abort();
}

function showBar(bar, data, setTriggerValue) {
  const [title, verdict, strip, chosen] = ["title", "verdict", "strip", "chosen"].map((name) => bar.querySelector(`.${name}`));
  title.textContent = data.title;
  verdict.textContent = data.verdict;
  verdict.className = `verdict ${data.kind}`;
  strip.replaceChildren(
    ...data.phases.map((phase) => {
      const button = document.createElement("button");
      button.className = phase.name;
      button.style.flexGrow = phase.until_s - phase.from_s;
      button.disabled = phase.ahead;
      button.setAttribute("aria-pressed", phase.name === data.phase);
      button.append(element("b", phase.name), element("span", phase.text));
      button.onclick = () => setTriggerValue("phase", phase.name === data.phase ? "" : phase.name);
      return button;
    }),
  );
  chosen.replaceChildren(element("span", data.chosen || "Drag over a chart to choose seconds."));
  chosen.classList.toggle("hint", !data.chosen);
  if (data.chosen) {
    const whole = element("button", "Show the whole run");
    whole.onclick = () => setTriggerValue("phase", "");
    chosen.append(whole);
  }
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function plots() {
  const frames = [...document.querySelectorAll(CHARTS)].map((chart) => chart.querySelector(PLOT));
  return frames.filter((frame) => frame).map((frame) => frame.getBoundingClientRect());
}

function followPointer(bar, over, data, setTriggerValue, signal) {
  const length = data.until_s - data.from_s;
  let begun = null; // the share of the time axis at which a drag began
  let drawn = 0;

  const at = (event) => {
    const inside = (r) => event.clientX >= r.left && event.clientX <= r.right && event.clientY >= r.top && event.clientY <= r.bottom;
    return event.target.closest?.(CHARTS) ? plots().find(inside) : undefined;
  };
  const share = (event, plot) => Math.min(1, Math.max(0, (event.clientX - plot.left) / plot.width));
  const clear = () => {
    cancelAnimationFrame(drawn);
    begun = null;
    over.replaceChildren();
  };
  const draw = (now, own) => {
    const held = getComputedStyle(bar.getRootNode().host.closest(".st-key-time-bar")).position === "sticky";
    const lowest = held ? bar.getBoundingClientRect().bottom : 0;
    const marks = [];
    for (const plot of plots()) {
      const top = Math.max(plot.top, lowest);
      if (plot.bottom <= top || plot.top > window.innerHeight) continue;
      const mark = (name, from, until) => {
        const made = element("div", "");
        made.className = name;
        Object.assign(made.style, {
          left: `${plot.left + from * plot.width}px`,
          width: `${(until - from) * plot.width}px`,
          top: `${top}px`,
          height: `${plot.bottom - top}px`,
        });
        marks.push(made);
        return made;
      };
      if (begun) mark("chosen", Math.min(begun.share, now), Math.max(begun.share, now));
      const line = mark("line", now, now);
      if (own && plot.top === own.top && plot.left === own.left)
        line.append(element("span", `${(data.from_s + now * length).toFixed(length < 20 ? 1 : 0)} s`));
    }
    over.replaceChildren(...marks);
  };

  const on = (name, handle, options = {}) => document.addEventListener(name, handle, { signal, ...options });
  on("pointermove", (event) => {
    const plot = begun ? begun.plot : at(event);
    if (!plot) return clear();
    const now = share(event, plot);
    cancelAnimationFrame(drawn);
    drawn = requestAnimationFrame(() => draw(now, plot));
  });
  on("pointerdown", (event) => {
    const plot = event.button === 0 && event.pointerType !== "touch" ? at(event) : undefined;
    if (!plot) return;
    begun = { share: share(event, plot), x: event.clientX, plot };
    event.preventDefault();
  });
  on("pointerup", (event) => {
    if (!begun) return;
    const { plot, x, share: first } = begun;
    const last = share(event, plot);
    clear();
    if (Math.abs(event.clientX - x) < LEAST_PX) return;
    const swallow = new AbortController(); // the click that ends a drag follows no link
    document.addEventListener("click", (click) => { click.stopPropagation(); click.preventDefault(); }, { capture: true, signal: swallow.signal });
    setTimeout(() => swallow.abort(), 50);
    const seconds = [Math.min(first, last), Math.max(first, last)].map((s) => data.from_s + s * length);
    setTriggerValue("brushed", seconds);
  });
  on("keydown", (event) => event.key === "Escape" && clear());
  on("scroll", clear, { capture: true });
}
