// The slider of days: which past day the forecast stands on. Gradio runs this once a component
// (js_on_load) with element, props, trigger and watch. The value is {first, last, at}, ISO dates;
// "at" is empty while the forecast stands on the last day. The slider steps by weekdays.

const DAY = 86_400_000;
const MONDAY = 4; // 5 January 1970, in days since 1 January
const at = (selector) => element.querySelector(selector);

function weekday(iso) { // weekdays since that Monday; a weekend counts as the Friday before it
  const days = Date.parse(iso) / DAY - MONDAY;
  return Math.floor(days / 7) * 5 + Math.min(days - Math.floor(days / 7) * 7, 4);
}

function isoOf(count) {
  const days = Math.floor(count / 5) * 7 + (((count % 5) + 5) % 5) + MONDAY;
  return new Date(days * DAY).toISOString().slice(0, 10);
}

function words(iso) {
  const form = { weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", form).format(new Date(iso));
}

function say(iso) {
  const said = iso ? words(iso) : `the last price (${words(props.value.last)})`;
  at(".as-of-said").textContent = said;
  at("[type=range]").setAttribute("aria-valuetext", said);
}

function draw() {
  const { first, last, at: day } = props.value || {};
  if (!first) return;
  const range = at("[type=range]");
  range.min = weekday(first);
  range.max = weekday(last);
  range.value = weekday(day || last);
  const field = at("[type=date]");
  [field.min, field.max, field.value] = [first, last, day || last];
  at("button").disabled = !day;
  say(day);
}

function chosen() { // the day under the slider; empty at its right end
  const count = Number(at("[type=range]").value);
  if (count >= weekday(props.value.last)) return "";
  const day = isoOf(count);
  return day < props.value.first ? props.value.first : day;
}

function stand(day) {
  props.value = { ...props.value, at: day };
  draw();
  trigger("input");
}

element.addEventListener("input", (event) => {
  if (event.target.type === "range") say(chosen());
});

element.addEventListener("change", (event) => {
  event.stopPropagation();
  if (event.target.type === "range") return stand(chosen());
  const { first, last } = props.value;
  const day = event.target.value;
  if (!day) return draw(); // half a date
  stand(day >= last ? "" : day < first ? first : day);
});

element.addEventListener("click", (event) => {
  if (event.target.closest("button")) stand("");
});

watch("value", draw);
draw();
