// The neuron reader: a text coloured by one unit, and what was expected next, in the browser. Runs
// behind strip.js. The value is {model, layer, words, pieces, count, units, guesses, ranked, said}:
// the states of all "count" units (packed), five guesses a piece [text, share, …], and by feature
// the units that go with it best [unit, feature, r, r here]; "ranked" is null until it is known.

const part = (name) => view.querySelector(`.${name}`);
const [strip, told, said] = ["reader", "told", "ranked-said"].map(part);
const [range, field, select] = ["unit-range", "unit-field", "feature"].map(part);
let [value, cells, state, unit, at] = [null, [], null, 0, 0];
let whose = ""; // the network and layer that the unit was chosen for
let picked = false; // by the visitor

function draw() {
  if (!isNew(props.value, "pieces")) return;
  value = props.value;
  const of = `${value.model} ${value.layer}`;
  if (of !== whose) [whose, picked, unit] = [of, false, 0];
  state = unpacked(value.units, value.pieces.length);
  range.max = field.max = value.count - 1;
  part("unit-count").textContent = `of ${value.count.toLocaleString("en")}, numbered from 0`;
  write();
  list();
  at = within(at, cells.length);
  const best = Object.values(value.ranked || {})[0];
  choose(!picked && best ? best[0][0] : unit);
}

// ---- the text

function write() {
  strip.replaceChildren();
  strip.classList.toggle("words", value.words);
  cells = value.pieces.map((piece, number) => {
    const cell = make("span", "column");
    cell.dataset.at = number;
    cell.append(make("b", "", value.words ? piece : visible(piece)));
    guesses(number).forEach(([text, share]) => {
      const guess = make("i", text === value.pieces[number + 1] ? "came" : "", visible(text));
      guess.style.opacity = 0.45 + 0.55 * share;
      cell.append(guess);
    });
    strip.append(cell);
    if (!value.words && piece.endsWith("\n")) strip.append(make("br"), make("span", "break"));
    return cell;
  });
}

function guesses(number) {
  const flat = value.guesses[number] || [];
  return flat.flatMap((text, place) => (place % 2 ? [] : [[text, flat[place + 1]]]));
}

function choose(number) {
  unit = within(Math.round(number) || 0, value.count);
  range.value = field.value = unit;
  range.setAttribute("aria-valuetext", `unit ${unit}`);
  cells.forEach((cell, place) => {
    const now = state(unit, place);
    cell.classList.toggle("down", now < 0);
    cell.style.setProperty("--height", `${50 * Math.abs(now)}%`);
    cell.style.setProperty("--strength", Math.abs(now));
  });
  for (const chip of view.querySelectorAll(".chip")) {
    chip.setAttribute("aria-pressed", String(Number(chip.dataset.unit) === unit));
  }
  tell(at);
}

function tell(number) {
  if (cells[at]) cells[at].classList.remove("at");
  at = number;
  cells[at].classList.add("at");
  reveal(cells[at], strip);
  const expected = guesses(at).map(([text, share]) => `${quoted(text)} ${percent(share)}`);
  told.replaceChildren(
    make("b", "", `Unit ${unit} after ${quoted(value.pieces[at])}: ${signed(state(unit, at))}`),
    expected.length ? ` Expected next: ${expected.join(", ")}.` : "",
  );
}

// ---- the units that go with a feature

function list() {
  const features = Object.keys(value.ranked || {});
  const kept = select.value;
  select.replaceChildren(...features.map((name) => new Option(name, name)));
  if (features.includes(kept)) select.value = kept;
  select.disabled = !features.length;
  said.textContent = value.said;
  chips();
}

function chips() {
  const units = (value.ranked || {})[select.value] || [];
  part("chips").replaceChildren(...units.map(([number, feature, r, here]) => {
    const chip = make("button", "chip");
    chip.type = "button";
    chip.dataset.unit = number;
    chip.setAttribute("aria-pressed", String(number === unit));
    const local = here === null ? "" : ` · here ${signed(here)}`;
    const what = feature === select.value ? "" : ` ${feature},`;
    chip.append(make("b", "", `unit ${number}`), `${what} r = ${signed(r)}${local}`);
    return chip;
  }));
}

function pick(number) {
  if (!value) return;
  picked = true;
  choose(number);
}

walk(strip, () => at, () => cells.length, tell);
range.addEventListener("input", () => pick(Number(range.value)));
field.addEventListener("change", () => pick(Number(field.value)));
select.addEventListener("change", () => {
  chips();
  const first = view.querySelector(".chip");
  if (first) pick(Number(first.dataset.unit));
});
part("chips").addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (chip) pick(Number(chip.dataset.unit));
});
watch("value", draw);
draw();
