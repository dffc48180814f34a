// The learner's profile (ui/profile_view.py): a code for another browser, and a code from another one. Does nothing
// where the page has no place for it.

import { byId, post, whenThere } from "./shared.js";

function say(line) {
  byId("profile-said").textContent = line;
}

async function show() {
  const place = byId("profile-place");
  if (!place || place.dataset.shown) return;
  place.dataset.shown = "asked";
  try {
    const answer = await fetch("/tutor/profile");
    if (!answer.ok) throw new Error(`${answer.status}`);
    place.innerHTML = await answer.text();
  } catch {
    delete place.dataset.shown;
    say(place.dataset.failed);
  }
}

async function make() {
  const place = byId("profile-place");
  try {
    const made = await post("profile", "code", { logged_in: place.querySelector(".log-out") !== null });
    if (made.html) {
      place.innerHTML = made.html;
      place.querySelector("h3").focus();
    }
    say(made.trouble);
  } catch {
    say(place.dataset.failed);
  }
}

async function join(form) {
  try {
    const made = await post("profile", "join", { code: form.elements.code.value });
    say(made.trouble || made.said);
    if (!made.trouble) location.reload(); // all that the page shows is somebody else's
  } catch {
    say(byId("profile-place").dataset.failed);
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#profile [data-do=code]")) make();
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("#profile form[data-do=join]");
  if (!form) return;
  event.preventDefault();
  join(form);
});

whenThere(() => byId("profile-place"), show);
