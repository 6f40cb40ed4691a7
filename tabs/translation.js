// A read date in the browser: the answer, lines to where the network looked at each character, and
// the attention as a heat map. Gradio runs this once a component (js_on_load) with element, props,
// trigger and watch. The value is the JSON of a DateTranslation (tabs/translation_view.py). All that
// is drawn is text nodes and numbers, so nothing in a text can be markup.

const at = (selector) => element.querySelector(selector);
const fields = [...element.querySelectorAll(".dates-answer input")];
const sures = [...element.querySelectorAll(".dates-answer small")];
const [lines, source, map, said] = ["lines", "source", "map", "said"].map((n) => at(`.dates-${n}`));
const FREE = "_";
const ALLOWED = /^[-0-9]$/;
const SURE = 0.9; // a character less sure than this is marked
const LABEL = 26; // px left of the map, for the answer's characters
const WIDEST = [30, 46]; // px of a character of the source and of the answer
const NARROWEST = 8;
const NUMBERS = 19; // px of a column that has room for a number
const HIGH = 120; // px of the lines
const FAINT = 0.02; // no line below this weight
const NUMBERED = 0.05; // no number below this weight
const STRONG = 0.7; // above this weight a cell is so dark that its number is light

let now = {}; // what is drawn
let wanted = FREE.repeat(fields.length); // what is forced, perhaps ahead of the answer
let place = [-1, -1]; // [character of the answer, of the source] that is pointed at; -1: none

const visible = (c) => (c === " " ? "␣" : c);
const rounded = (p) => `${Math.round(100 * p)} %`;
const percent = (p) => (p < 0.005 ? "under 1 %" : p < 0.995 ? rounded(p) : "over 99 %");
const weight = (w) => (w > 0 && w < 0.005 ? "under 1 %" : rounded(w));

function make(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// ---- drawing

function draw() {
  const value = props.value || {};
  const there = Boolean(value.answer);
  at(".dates").hidden = !there;
  at(".dates-empty").hidden = there;
  if (!there) {
    now = {};
    return;
  }
  if (value.text !== now.text) wanted = value.forced;
  if (value.forced !== wanted) return force(wanted); // an answer to an older question
  const same = value.source === now.source;
  now = value;
  if (!same) place = [-1, -1];
  fields.forEach((field, u) => {
    mark(u);
    if (field === document.activeElement) field.select();
  });
  at("button").disabled = !/[^_]/.test(wanted);
  const characters = [...now.source].map((c) => make("span", "", visible(c)));
  source.replaceChildren(...characters);
  map.replaceChildren(...now.attention.flatMap((row, u) => [make("b", "", now.answer[u]), ...cells(row)]));
  layOut();
}

function mark(u) { // a field: its character, and how sure the network was or that it is forced
  const free = wanted[u] === FREE;
  const p = now.probabilities[u];
  const unsure = free && p < SURE;
  fields[u].value = free ? now.answer[u] : wanted[u];
  fields[u].parentElement.className = free ? (unsure ? "unsure" : "") : "forced";
  sures[u].textContent = free ? `${unsure ? "? " : ""}${p > 0.995 ? ">99" : Math.round(100 * p)}` : "forced";
  if (free) sures[u].append(make("span", "", " %"));
}

function cells(row) {
  return row.map((w) => {
    const cell = make("i", w > STRONG ? "strong" : "");
    cell.style.setProperty("--weight", `${(100 * w).toFixed(1)}%`);
    if (w >= NUMBERED) cell.dataset.number = Math.round(100 * w);
    return cell;
  });
}

function layOut() { // everything in one system of coordinates, so that lines meet characters
  const room = at(".dates-scroll").clientWidth;
  if (!room || !now.answer) return;
  const T = now.attention[0].length;
  const column = Math.max(NARROWEST, Math.min(WIDEST[0], (room - LABEL) / T));
  const field = Math.min(WIDEST[1], room / fields.length);
  const width = Math.max(LABEL + T * column, fields.length * field);
  const [mapLeft, answerLeft] = [(width - LABEL - T * column) / 2, (width - fields.length * field) / 2];
  const inner = at(".dates-inner");
  inner.style.width = `${width}px`;
  inner.style.setProperty("--column", `${column}px`);
  inner.style.setProperty("--field", `${field}px`);
  inner.style.setProperty("--count", T);
  inner.style.setProperty("--map-left", `${mapLeft}px`);
  map.classList.toggle("numbered", column >= NUMBERS);
  const paths = [];
  now.attention.forEach((row, u) => row.forEach((w, t) => {
    if (w < FAINT) return;
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    const [x1, x2] = [answerLeft + (u + 0.5) * field, mapLeft + LABEL + (t + 0.5) * column];
    path.setAttribute("d", `M${x1} 0 C${x1} ${HIGH / 2} ${x2} ${HIGH / 2} ${x2} ${HIGH}`);
    path.setAttribute("stroke-width", (0.8 + 4.2 * w).toFixed(2));
    path.setAttribute("stroke-opacity", (0.15 + 0.85 * w).toFixed(3));
    path.dataset.ends = `${u} ${t}`;
    paths.push(path);
  }));
  lines.setAttribute("viewBox", `0 0 ${width} ${HIGH}`);
  lines.replaceChildren(...paths);
  point(...place);
}

// ---- pointing

function point(u, t) {
  place = [u, t];
  const on = (a, b) => (u < 0 || a === u) && (t < 0 || u >= 0 || b === t);
  const any = u >= 0 || t >= 0;
  for (const path of lines.children) {
    path.classList.toggle("off", any && !on(...path.dataset.ends.split(" ").map(Number)));
  }
  fields.forEach((field, a) => field.parentElement.classList.toggle("at", a === u));
  [...source.children].forEach((span, b) => {
    span.classList.toggle("at", b === t);
    span.classList.toggle("seen", u >= 0 && now.attention[u][b] >= 0.1);
  });
  [...map.children].forEach((cell, index) => {
    const [a, b] = rowAndColumn(index);
    cell.classList.toggle("at", any && (a === u || (u < 0 && b === t)) && (t < 0 || b === t));
  });
  map.classList.toggle("pointing", any);
  said.textContent = any ? sentence(u, t) : said.dataset.rest;
}

function rowAndColumn(index) { // of a child of the map; column -1 is the label of the row
  const wide = source.children.length + 1;
  return [Math.floor(index / wide), (index % wide) - 1];
}

function sentence(u, t) {
  const quoted = (c) => `“${visible(c)}”`;
  if (u < 0) {
    const seen = now.attention.map((row, a) => [row[t], a]).sort((x, y) => y[0] - x[0]).slice(0, 3);
    const told = seen.map(([w, a]) => `${quoted(now.answer[a])} (character ${a + 1}) ${weight(w)}`);
    return `${quoted(now.source[t])} of the text was looked at most for ${told.join(", ")}.`;
  }
  const written = `${quoted(now.answer[u])} (character ${u + 1})`;
  const on = (w, b) => `${weight(w)} on ${quoted(now.source[b])}`;
  if (t >= 0) return `For ${written} it looked ${on(now.attention[u][t], t)} (character ${t + 1}).`;
  const ranked = now.attention[u].map((w, b) => [w, b]).sort((x, y) => y[0] - x[0]);
  const told = ranked.slice(0, 3).filter(([w]) => w >= 0.005).map(([w, b]) => on(w, b));
  const p = percent(now.probabilities[u]);
  const sure = now.forced[u] === FREE ? `The network was ${p} sure.`
    : `You forced it; the network gave it ${p}.`;
  return `For ${written} it looked ${told.join(", ")}. ${sure}`;
}

const rest = () => point(fields.indexOf(document.activeElement), -1);

function under(event) { // [u, t] of what the event is on; null for nothing
  const target = event.target;
  const label = target.closest(".dates-answer label");
  if (label) return [fields.indexOf(label.querySelector("input")), -1];
  if (target.parentElement === source) return [-1, [...source.children].indexOf(target)];
  if (target.parentElement !== map) return null;
  return rowAndColumn([...map.children].indexOf(target));
}

element.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse" || !now.answer) return;
  const found = under(event);
  if (found) point(...found);
  else rest();
});
element.addEventListener("pointerleave", (event) => {
  if (event.pointerType === "mouse" && now.answer) rest();
});
element.addEventListener("click", (event) => {
  if (event.target.closest("button")) return force(FREE.repeat(fields.length));
  const found = now.answer && under(event);
  if (found) point(...found);
});
map.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (event.key === "Escape") return point(-1, -1);
  if (!step || !now.answer) return;
  event.preventDefault();
  const within = (value, end) => Math.max(0, Math.min(end - 1, value));
  const begun = place[0] >= 0 && place[1] >= 0;
  const [u, t] = begun ? place.map((value, i) => value + step[i]) : [0, 0];
  point(within(u, fields.length), within(t, source.children.length));
});
map.addEventListener("blur", () => point(-1, -1));

// ---- forcing

function force(forced) {
  wanted = forced;
  fields.forEach((_, u) => mark(u));
  at("button").disabled = !/[^_]/.test(wanted);
  props.value = { ...now, forced };
  trigger("input");
}

function put(u, character) {
  force(wanted.slice(0, u) + character + wanted.slice(u + 1));
}

fields.forEach((field, u) => {
  field.addEventListener("focus", () => {
    field.select();
    if (now.answer) point(u, -1);
  });
  field.addEventListener("blur", () => point(-1, -1));
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    const typed = (event.data || field.value).slice(-1);
    if (!field.value) put(u, FREE);
    else if (ALLOWED.test(typed)) {
      put(u, typed);
      (fields[u + 1] || field).focus();
    } else mark(u);
  });
  field.addEventListener("change", (event) => event.stopPropagation());
  field.addEventListener("keydown", (event) => {
    const next = { ArrowLeft: u - 1, ArrowRight: u + 1, Home: 0, End: fields.length - 1 }[event.key];
    if (next === undefined || !fields[next]) return;
    event.preventDefault();
    fields[next].focus();
  });
});

new ResizeObserver(layOut).observe(at(".dates-scroll"));
watch("value", draw);
draw();
