// What did it look at: lights up what was read by its influence on one prediction, in the browser.
// Runs behind strip.js. The value is {words, rows: [{title, model, said, pieces, targets, shares}]},
// a row for each network; unpacked, shares[r] are those of the pieces read before prediction r, in ‰.

const NAMED = 4; // pieces that are named with their shares
let rows = []; // {row, cells, told, strip}
let words = false;
let at = 0; // the prediction on show

function draw() {
  if (!isNew(props.value, "rows")) return;
  words = props.value.words;
  rows = props.value.rows.map((row) => build({ ...row, shares: sharesOf(row) }));
  view.replaceChildren(...rows.map((row) => row.card));
  show(rows[0].shares.length - 1);
}

// Packed they stand one prediction after the other: r of prediction r, or of words one more.
function sharesOf({ shares, targets }) {
  const all = new Uint16Array(bytesOf(shares).buffer);
  let end = 0;
  return targets.map((_, number) => [...all.slice(end, (end += number + words))]);
}

function build(row) {
  const [card, strip] = [make("section", "influence-row"), make("div", "strip")];
  const [head, told] = [make("header"), make("p", "told")];
  head.append(make("b", "", row.title), make("span", "", row.model), make("em", "", row.said));
  told.setAttribute("role", "status");
  for (const [name, value] of Object.entries({ role: "textbox", tabindex: 0, "aria-readonly": true,
    "aria-multiline": true, "aria-label": `The text as ${row.model} read it` })) {
    strip.setAttribute(name, value);
  }
  const cells = fill(strip, row.pieces, words);
  if (!words) { // what comes after the text has no cell of its own
    const next = make("span", "piece next", "?");
    next.dataset.at = cells.length;
    strip.append(next);
    cells.push(next);
  }
  walk(strip, () => at, () => cells.length, show);
  card.append(head, strip, told);
  return { ...row, card, cells, strip, told };
}

function show(number) {
  at = number;
  for (const row of rows) light(row);
}

function light({ shares, cells, strip, told, ...row }) {
  const behind = shares[at] || [];
  const most = Math.max(1, ...behind);
  cells.forEach((cell, place) => {
    const part = (behind[place] || 0) / most;
    cell.classList.toggle("at", place === at);
    cell.style.setProperty("--height", `${100 * part}%`);
    cell.style.setProperty("--strength", part ? 0.25 + 0.35 * part : 0);
  });
  if (cells[at]) reveal(cells[at], strip);
  told.replaceChildren(...sentence(row, behind));
}

function sentence({ pieces, targets }, behind) {
  if (!behind.length) return ["Nothing was read before the first character, so nothing lights up."];
  const order = behind.map((share, place) => [share, place]).filter(([share]) => share > 0);
  order.sort((a, b) => b[0] - a[0]);
  const of = words ? `The verdict after ${quoted(pieces[at])}: `
    : at < pieces.length ? `The prediction of ${quoted(pieces[at])}: `
    : `The prediction of what comes next, ${quoted(targets[at])}: `;
  const parts = order.slice(0, NAMED).map(([share, place]) => {
    const back = at - place;
    const where = back ? `${back} back` : "itself";
    return `${quoted(pieces[place])} ${percent(share / 1000)} (${where})`;
  });
  return [make("b", "", of), parts.join(", ") || "no earlier piece had an influence"];
}

watch("value", draw);
draw();
