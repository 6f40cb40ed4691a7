// Tips for words and points in the browser. Gradio runs this once a component (js_on_load) with
// element and watch. What carries data-tip shows it on hover, on a tap, or by the arrow keys when
// its row has the focus. The tip stands outside the element, whose inside Gradio rewrites.

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;
(element.closest(".gradio-container") || document.body).append(tip);

let at = null; // what the tip tells of

function show(place) {
  hide();
  at = place;
  at.classList.add("at");
  tip.textContent = at.dataset.tip;
  tip.hidden = false;
  settle();
}

function settle() {
  const box = at && at.getClientRects()[0];
  if (!box) return hide();
  const left = box.left + box.width / 2 - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(8, Math.min(left, window.innerWidth - tip.offsetWidth - 8))}px`;
  const above = box.top - tip.offsetHeight - 6;
  tip.style.top = `${above > 8 ? above : box.bottom + 6}px`;
}

function hide() {
  if (at) at.classList.remove("at");
  at = null;
  tip.hidden = true;
}

const pointed = (event) => event.target.closest("[data-tip]");

element.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  if (pointed(event)) show(pointed(event));
  else hide();
});
element.addEventListener("pointerleave", (event) => {
  if (event.pointerType === "mouse") hide();
});
element.addEventListener("click", (event) => (pointed(event) ? show(pointed(event)) : hide()));
element.addEventListener("focusout", hide);
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return hide();
  const row = event.target.closest("[tabindex]");
  const places = row ? [...row.querySelectorAll("[data-tip]")] : [];
  const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -places.length, End: places.length };
  if (!(event.key in steps) || !places.length) return;
  event.preventDefault();
  const now = places.indexOf(at);
  const next = now < 0 ? (event.key === "End" ? places.length - 1 : 0) : now + steps[event.key];
  show(places[Math.max(0, Math.min(places.length - 1, next))]);
  at.scrollIntoView({ block: "nearest" });
});
element.addEventListener("scroll", settle, { capture: true, passive: true });
window.addEventListener("scroll", settle, { passive: true });
watch("value", hide);
