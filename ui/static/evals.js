// The Evals tab, and "This is wrong" under each answer. What it shows is made by the tutor's own server
// (ui/evals_view.py), which has escaped it; here clicks become requests, and what comes back takes its place.

import { byId, post, whenThere } from "./shared.js";

const AGAIN = 1000; // milliseconds between two looks at a run that is going

let waiting = 0;

function put(html) {
  const place = byId("evals-place");
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const focused = document.activeElement;
  const key = place.contains(focused) && focused.dataset.do ? { ...focused.dataset } : null;
  if (place.dataset.shown !== html) {
    place.innerHTML = html;
    place.dataset.shown = html;
    place.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? false));
    if (key) {
      const same = [...place.querySelectorAll("[data-do]")].find((one) => Object.entries(key).every(([name, value]) => one.dataset[name] === value));
      (same ?? place.querySelector("h2"))?.focus({ preventScroll: true });
    }
  }
  clearTimeout(waiting);
  if (place.querySelector("[data-going]")) waiting = setTimeout(look, AGAIN);
}

async function look() {
  const place = byId("evals-place");
  // What is being typed stays.
  if (place.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
  try {
    const answer = await fetch("/tutor/evals");
    if (!answer.ok) throw new Error(`${answer.status}`);
    put(await answer.text());
  } catch {
    if (!place.dataset.shown) place.textContent = place.dataset.failed;
    clearTimeout(waiting);
    waiting = setTimeout(look, 3000);
  }
}

async function act(act, told) {
  let made;
  try {
    made = await post("evals", act, told);
  } catch {
    byId("evals-said").textContent = byId("evals-place").dataset.failed;
    return;
  }
  if (made.html) put(made.html);
  byId("evals-said").textContent = made.trouble || made.said;
}

async function dislike(button) {
  const told = button.parentElement.querySelector(".wrong-told");
  button.disabled = true;
  try {
    const made = await post("evals", "dislike", { question: button.dataset.wrong });
    told.textContent = made.trouble || made.said;
    button.hidden = !made.trouble;
  } catch {
    told.textContent = byId("evals-place")?.dataset.failed ?? "";
  }
  button.disabled = false;
}

document.addEventListener("click", (event) => {
  const wrong = event.target.closest?.("button[data-wrong]");
  if (wrong) return void dislike(wrong);
  const button = event.target.closest?.("#evals button[data-do]");
  if (button) {
    const { do: name, ...told } = button.dataset;
    act(name, told);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("#evals form[data-do]");
  if (!form) return;
  event.preventDefault();
  const { do: name, ...told } = form.dataset;
  act(name, { ...told, ...Object.fromEntries(new FormData(form)) });
});

// Gradio makes a tab's content when it is first opened.
const seen = new IntersectionObserver(([one]) => one.isIntersecting && look());
whenThere(() => byId("evals-place"), (place) => seen.observe(place));
