// What the views inside a network share: a text as a strip of cells that can be pointed at, tapped
// and walked through, and a view that asks for its example when it is first seen. It stands before
// each view's own script; Gradio runs both once a view (js_on_load) with element, props and watch.
// Every text becomes a text node, so nothing in it can be markup.

const view = element.querySelector("[data-press]");
const GLYPHS = { " ": "␣", "\n": "↵", "\t": "⇥" };
const visible = (text) => text.replace(/[ \n\t]/g, (blank) => GLYPHS[blank]);
const quoted = (text) => `“${visible(text)}”`;
const percent = (share) => `${share >= 0.0995 || !share ? Math.round(100 * share) : (100 * share).toFixed(1)} %`;
const signed = (number) => number.toFixed(2).replace("-", "−");
const within = (number, count) => Math.max(0, Math.min(count - 1, number));

function make(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Whether a value holds what is asked for and is not on the page already: a text that comes to rest
// is read again, which must not move the visitor.
let onShow = "";
function isNew(value, part) {
  const whole = JSON.stringify(value);
  if (!value || !value[part] || whole === onShow) return false;
  onShow = whole;
  view.dataset.drawn = "yes";
  return true;
}

function bytesOf(packed) {
  return Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
}

// Values of all units at all parts, (units, parts) as tabs/inside_values.py packs them.
function unpacked(packed, parts) {
  const bytes = bytesOf(packed);
  return (unit, part) => (bytes[unit * parts + part] - 100) / 100;
}

// A cell for each piece, in line: words with blanks between them, characters as they stand.
function fill(strip, pieces, words) {
  const cells = pieces.map((piece, number) => {
    const cell = make("span", "piece", words ? piece : piece.replaceAll("\n", "↵"));
    cell.dataset.at = number;
    return cell;
  });
  strip.replaceChildren();
  cells.forEach((cell, number) => {
    strip.append(cell);
    if (words) strip.append(" ");
    else if (pieces[number].endsWith("\n")) strip.append("\n");
  });
  return cells;
}

// Call go with the number of the cell that is pointed at, tapped, or come to by the arrow keys.
function walk(strip, now, count, go) {
  const pointed = (event) => event.target.closest("[data-at]");
  const to = (event) => pointed(event) && go(Number(pointed(event).dataset.at));
  strip.addEventListener("pointerover", (event) => event.pointerType === "mouse" && to(event));
  strip.addEventListener("click", to);
  strip.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -count(), End: count() };
    if (!(event.key in steps)) return;
    event.preventDefault();
    go(within(now() + steps[event.key], count()));
  });
}

// Only inside its box, so that a walk through the text never moves the page.
function reveal(cell, box) {
  if (cell.offsetTop < box.scrollTop) box.scrollTop = cell.offsetTop;
  const below = cell.offsetTop + cell.offsetHeight - box.clientHeight;
  if (below > box.scrollTop) box.scrollTop = below;
}

// Far outside the screen counts as seen, in a tab that is not open does not.
const seen = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  seen.disconnect();
  if (!view.dataset.drawn) document.getElementById(view.dataset.press).click();
}, { rootMargin: "10000px" });
seen.observe(view);
