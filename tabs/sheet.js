// A sheet of text in the browser: draws the lines that tabs/surprise.py makes, as they arrive.
// Gradio runs this once a sheet (js_on_load) with element, props and watch. It never asks the
// server for anything, and every text becomes a text node, so nothing in it can be markup.

const sheet = element.querySelector(".sheet");
const body = sheet.querySelector(".sheet-text");
const tip = sheet.querySelector(".sheet-tip");
const foot = sheet.querySelector(".sheet-copying");
const untold = foot.textContent;
const bounds = sheet.dataset.bounds.split(" ").map(Number); // likelier than the first: no colour
const STUCK = 60; // pixels from the end within which the view follows a growing text

let drawn = ""; // as much of the value as is on the page
let head = {};
let pieces = []; // {span, record} for each piece
let at = -1; // the piece that the tip tells of

function make(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function clear() {
  hide();
  [drawn, head, pieces] = ["", {}, []];
  body.replaceChildren();
  foot.textContent = untold;
}

function draw() {
  const value = props.value || "";
  if (value === drawn) return;
  const before = body.scrollHeight - body.clientHeight - body.scrollTop;
  if (!value.startsWith(drawn)) clear();
  const fresh = document.createDocumentFragment();
  for (const line of value.slice(drawn.length).split("\n")) {
    if (line) take(JSON.parse(line), fresh);
  }
  body.append(fresh);
  drawn = value;
  if (!head.follow) body.scrollTop = 0;
  else if (before < STUCK) body.scrollTop = body.scrollHeight;
}

function take(record, fresh) {
  if (Array.isArray(record)) {
    const span = make("span", shade(record[1]), record[0]);
    if (record[0].includes("\n")) span.classList.add("newline");
    span.dataset.at = pieces.length;
    pieces.push({ span, record });
    fresh.append(span);
  } else if ("runs" in record) {
    for (const [first, end] of record.runs) mark(first, end, "copied");
    mark(...record.longest, "longest");
    foot.textContent = record.sentence;
  } else {
    head = record;
    if (head.prompt) fresh.append(make("span", "prompt", head.prompt));
  }
}

function shade(bits) {
  if (bits === null) return "";
  return "s" + bounds.filter((bound) => 2 ** -bits < bound).length;
}

function mark(first, end, name) {
  for (const { span } of pieces.slice(first, end)) span.classList.add(name);
}

// ---- the tip: what else was likely at this place

const GLYPHS = { " ": "␣", "\n": "↵", "\t": "⇥" };
const visible = (text) => text.replace(/[ \n\t]/g, (blank) => GLYPHS[blank]);
const percent = (p) => (p > 0 && p < 0.1 ? "<0.1" : p.toFixed(p < 10 ? 1 : 0)) + " %";

function row(text, p, written) {
  const line = make("div", written ? "row written" : "row");
  const bar = make("span", "bar");
  bar.append(make("i"));
  bar.firstChild.style.width = `${Math.max(p, 0.5)}%`;
  line.append(make("b", "", visible(text)), bar, make("span", "p", percent(p)));
  return line;
}

function show(number) {
  if (sheet.dataset.view !== "sure" || !pieces[number]) return;
  hide();
  at = number;
  const { span, record: [text, bits, ...others] } = pieces[at];
  span.classList.add("at");
  const p = bits === null ? null : 100 * 2 ** -bits;
  const told = p === null ? "the first character, not guessed"
    : `${percent(p)} likely, ${bits.toFixed(1)} bits`;
  const title = make("div", "title");
  title.append(make("b", "", visible(text)), ` ${told}`);
  const rows = [];
  for (let i = 0; i < others.length; i += 2) {
    rows.push(row(others[i], others[i + 1], others[i] === text));
  }
  if (p !== null && rows.length && !rows.some((line) => line.matches(".written"))) {
    rows.push(row(text, p, true));
  }
  tip.replaceChildren(title, ...rows);
  tip.hidden = false;
  place();
}

function place() {
  if (at < 0) return;
  const box = pieces[at].span.getClientRects()[0];
  if (!box) return hide();
  const left = box.left + box.width / 2 - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(8, Math.min(left, window.innerWidth - tip.offsetWidth - 8))}px`;
  const below = box.bottom + 6;
  const fits = below + tip.offsetHeight < window.innerHeight - 8;
  tip.style.top = `${fits ? below : box.top - tip.offsetHeight - 6}px`;
}

function hide() {
  if (pieces[at]) pieces[at].span.classList.remove("at");
  at = -1;
  tip.hidden = true;
}

const pointed = (event) => event.target.dataset && event.target.dataset.at;

body.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse" && pointed(event)) show(Number(pointed(event)));
});
body.addEventListener("pointerleave", (event) => {
  if (event.pointerType === "mouse") hide();
});
body.addEventListener("click", (event) => (pointed(event) ? show(Number(pointed(event))) : hide()));
body.addEventListener("blur", hide);
body.addEventListener("scroll", place, { passive: true });
window.addEventListener("scroll", place, { passive: true });
body.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === "Escape") hide();
  if (!step || sheet.dataset.view !== "sure" || !pieces.length) return;
  event.preventDefault();
  show(Math.max(0, Math.min(pieces.length - 1, at < 0 ? 0 : at + step)));
  pieces[at].span.scrollIntoView({ block: "nearest" });
});

// ---- the bar: views, copy, download

function look(view) {
  hide();
  sheet.dataset.view = view;
  for (const button of sheet.querySelectorAll("[data-to]")) {
    button.setAttribute("aria-pressed", String(button.dataset.to === view));
  }
}

for (const button of sheet.querySelectorAll("[data-to]")) {
  button.addEventListener("click", () => {
    const { group } = sheet.dataset;
    const all = group ? document.querySelectorAll(`.sheet[data-group="${group}"]`) : [sheet];
    for (const one of all) one.dispatchEvent(new CustomEvent("look", { detail: button.dataset.to }));
  });
}
sheet.addEventListener("look", (event) => look(event.detail));

function copy() {
  if (navigator.clipboard) return navigator.clipboard.writeText(body.textContent);
  // Without https there is no clipboard; the old way copies what is selected.
  window.getSelection().selectAllChildren(body);
  document.execCommand("copy");
  window.getSelection().removeAllRanges();
  return Promise.resolve();
}

function save() {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([body.textContent], { type: "text/plain" }));
  link.download = `${head.model || "text"}.txt`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const tools = { copy, save };
for (const button of sheet.querySelectorAll("[data-do]")) {
  const name = button.textContent;
  button.addEventListener("click", async () => {
    if (!drawn) return;
    await tools[button.dataset.do]();
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = name), 1500);
  });
}

watch("value", draw);
draw();
