// The gate film: a heat map for each gate and state of a layer, and a place that moves through all
// of them, in the browser. Runs behind strip.js. The value is {model, layer, words, pieces, units,
// gates: [{name, title, gate, packed}]}; a gate is within 0 and 1, a state within -1 and 1.

const STEP = 130; // ms between two parts while it plays
const [SHUT, OPEN] = [0.1, 0.9];
const part = (name) => view.querySelector(`.${name}`);
const [strip, told, range, play, maps] = ["strip", "told", "time", "play", "maps"].map(part);
let [value, cells, films, at, row, timer] = [null, [], [], 0, 0, 0];

function draw() {
  if (!isNew(props.value, "pieces")) return;
  stop();
  value = props.value;
  cells = fill(strip, value.pieces, value.words);
  range.max = cells.length - 1;
  films = value.gates.map(build);
  maps.replaceChildren(...films.map((film) => film.figure));
  row = within(row, value.units.length);
  show(within(at || Math.floor(cells.length / 2), cells.length));
}

function build(gate) {
  const [figure, caption, now] = [make("figure"), make("figcaption"), make("span", "now")];
  const [map, canvas] = [make("div", "map"), make("canvas")];
  const state = unpacked(gate.packed, value.pieces.length);
  paint(canvas, state, gate.gate);
  map.tabIndex = 0;
  map.setAttribute("role", "img");
  map.setAttribute("aria-label", `${gate.title}: units by time; arrow keys move`);
  map.append(canvas, make("i", "column-mark"), make("i", "row-mark"));
  caption.append(make("b", "", gate.title), now);
  figure.append(caption, map);
  figure.dataset.gate = gate.name;
  follow(map);
  return { ...gate, figure, map, now, state };
}

// ---- colours: the style sheet has them, for light and for dark

function colours(...names) {
  const style = getComputedStyle(view);
  return names.map((name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16));
  });
}

function paint(canvas, state, isGate) {
  const [shut, open, minus, none, plus] =
    colours("--shut", "--open", "--minus", "--none", "--plus");
  [canvas.width, canvas.height] = [value.pieces.length, value.units.length];
  const image = new ImageData(canvas.width, canvas.height);
  for (let y = 0; y < canvas.height; y += 1) {
    for (let x = 0; x < canvas.width; x += 1) {
      const v = state(y, x);
      const [from, to] = isGate ? [shut, open] : [none, v < 0 ? minus : plus];
      const rgb = from.map((low, k) => low + (to[k] - low) * Math.abs(v));
      image.data.set([...rgb, 255], 4 * (y * canvas.width + x));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// ---- the place on show

function show(place, unitRow = row) {
  [at, row] = [place, unitRow];
  cells.forEach((cell, number) => cell.classList.toggle("at", number === at));
  reveal(cells[at], strip);
  range.value = at;
  range.setAttribute("aria-valuetext", `after ${quoted(value.pieces[at])}`);
  for (const { map, now, state, gate } of films) {
    map.style.setProperty("--x", (at + 0.5) / cells.length);
    map.style.setProperty("--y", (row + 0.5) / value.units.length);
    now.textContent = summary(state, gate);
  }
  const numbers = films.map(({ name, state }) =>
    `${name === "cell" ? "tanh(cell)" : name} ${signed(state(row, at))}`);
  told.replaceChildren(
    make("b", "", `After ${quoted(value.pieces[at])} (${at + 1} of ${cells.length}), `
      + `unit ${value.units[row]}: `),
    numbers.join(" · "),
  );
}

function summary(state, gate) {
  const column = value.units.map((_, unit) => state(unit, at));
  if (!gate) {
    const size = column.reduce((sum, v) => sum + Math.abs(v), 0) / column.length;
    return `mean size ${signed(size)}`;
  }
  const count = (test) => column.filter(test).length;
  return `${count((v) => v > OPEN)} open, ${count((v) => v < SHUT)} shut`;
}

function follow(map) {
  const to = (event) => {
    const box = map.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * cells.length);
    const unit = Math.floor(((event.clientY - box.top) / box.height) * value.units.length);
    show(within(place, cells.length), within(unit, value.units.length));
  };
  map.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || timer) return;
    to(event);
  });
  map.addEventListener("click", to);
  map.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const [over, down] = moves[event.key] || [];
    if (over === undefined) return;
    event.preventDefault();
    show(within(at + over, cells.length), within(row + down, value.units.length));
  });
}

// ---- the film

function stop() {
  clearInterval(timer);
  timer = 0;
  play.textContent = "Play";
}

function start() {
  if (!value) return;
  if (at === cells.length - 1) show(0);
  play.textContent = "Pause";
  timer = setInterval(() => {
    if (at === cells.length - 1 || !view.isConnected) return stop();
    show(at + 1);
  }, STEP);
}

walk(strip, () => at, () => cells.length, (number) => timer || show(number));
range.addEventListener("input", () => { stop(); if (value) show(Number(range.value)); });
play.addEventListener("click", () => (timer ? stop() : start()));
watch("value", draw);
draw();
