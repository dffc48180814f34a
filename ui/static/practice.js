// The Practice tab: what a key or a click does. What is shown comes from the tutor's own server as HTML; this asks for
// it, puts it into the page, and moves the focus. Nothing is kept here.

import { byId, calm, post, whenThere } from "./shared.js";

const place = () => byId("practice-place");
const shown = () => place()?.querySelector(".practice");
const visible = () => place()?.offsetParent != null;

let busy = false; // a change is on its way: keys and clicks wait for it
let asked = 0;
let looked = ""; // what was shown last without a change of ours

// -- what is shown ----------------------------------------------------------------------------------------------------

async function look() {
  const mine = ++asked;
  let html;
  try {
    html = await (await fetch("/tutor/practice")).text();
  } catch {
    html = "";
  }
  if (mine !== asked || busy) return;
  if (!html && !shown()) fail();
  if (html && html !== looked) show(html, false);
  looked = html;
  if (place()?.querySelector("[data-waiting]") && visible()) setTimeout(look, 700);
}

function show(html, moved) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const fresh = made.content.querySelector(".practice");
  const before = shown();
  // A card that is on the page already stays: something may be typed into it.
  if (!moved && before && fresh && fresh.dataset.key === before.dataset.key && before.dataset.key !== "start") return;
  const folded = before ? [...before.querySelectorAll("details[data-section]")] : [];
  place().replaceChildren(made.content);
  for (const { dataset, open } of folded) {
    const same = place().querySelector(`details[data-section="${CSS.escape(dataset.section)}"]`);
    if (same) same.open = open;
  }
  if (fresh) byId("practice-said").textContent = fresh.dataset.said;
  if (fresh && visible()) settle(fresh, moved);
}

// Where the focus goes: to the field, to "Next", or to what is to be read first.
function settle(view, moved) {
  const reading = document.activeElement?.closest?.("#reader, dialog");
  const target =
    view.querySelector("#card-field") ??
    (view.matches(".answered, .over") ? view.querySelector(".actions .primary") : null) ??
    (moved || view.matches(".asking") ? view.querySelector("h2") : null);
  if (target && !reading) target.focus({ preventScroll: true });
  if (!moved) return;
  if (view.matches(".answered")) reveal(view);
  else scrollTo({ top: 0 });
}

// The verdict with its reason comes into sight, and as much of the rest as leaves the question there.
function reveal(view) {
  const bottom = (selector) => [...view.querySelectorAll(selector)].pop()?.getBoundingClientRect().bottom ?? 0;
  const beyond = (y) => y + view.querySelector(".actions").offsetHeight - innerHeight;
  const room = view.querySelector("h2").getBoundingClientRect().top - (byId("top")?.offsetHeight ?? 0) - 8;
  const reason = beyond(bottom(".settled > :is(.word, .why, .solution)") + 12);
  const under = Math.max(reason, Math.min(room, beyond(bottom(".settled"))));
  if (under > 0) scrollBy({ top: under, behavior: calm() ? "auto" : "smooth" });
}

function fail() {
  trouble(place().dataset.failed);
}

function trouble(words) {
  let line = place().querySelector(".trouble");
  if (!line) {
    line = document.createElement("div");
    line.className = "trouble";
    line.setAttribute("role", "alert");
    place().append(line);
  }
  const told = document.createElement("p");
  told.className = "notice error";
  told.textContent = words;
  line.replaceChildren(...(words ? [told] : []));
}

// -- what is done -----------------------------------------------------------------------------------------------------

async function change(act, told = {}) {
  if (busy) return;
  busy = true;
  place().setAttribute("aria-busy", "true");
  asked++;
  looked = "";
  try {
    const made = await post("practice", act, told);
    if (made.html) show(made.html, true);
    else {
      trouble(made.trouble || place().dataset.failed);
      byId("card-field")?.select();
    }
  } catch {
    fail();
  } finally {
    busy = false;
    place().removeAttribute("aria-busy");
  }
}

const card = () => place().querySelector("[data-card]")?.dataset.card;

function send() {
  const field = byId("card-field");
  if (field) return change("answer", { card: card(), given: field.value });
  const list = place().querySelector(".asking .steps");
  if (!list) return;
  if (!list.dataset.touched) return trouble(place().dataset.notOrdered);
  change("answer", { card: card(), given: [...list.children].map((step) => step.dataset.given) });
}

function act(button) {
  const { do: what, chosen, number, outcome } = button.dataset;
  if (what === "answer") send();
  else if (what === "begin") change("begin", { chosen });
  else if (what === "overrule") change("overrule", { number: Number(number), outcome });
  else change(what, { card: card() });
}

// A chapter's cards, from wherever in the app: data-practise="chapter", or #practice=chapter in the address.
async function practise(chapter) {
  // The tab's content is made when it is first opened, and while the page loads a click on the tab may come to nothing.
  for (let tries = 0; !visible() && tries < 100; tries++) {
    document.querySelector("#tabs [role=tab][data-tab-id=practice]")?.click();
    await new Promise((done) => setTimeout(done, 100));
  }
  if (chapter && visible()) change("begin", { chosen: chapter });
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("button, a");
  if (!from) return;
  if (from.dataset.practise) {
    event.preventDefault();
    practise(from.dataset.practise);
  } else if (!place()?.contains(from)) return;
  else if (from.dataset.do) act(from);
  else if (from.matches(".option")) change("answer", { card: card(), given: from.dataset.given });
  else if (from.matches(".step")) pick(from.closest("li"));
  else if (from.matches(".move")) move(from.closest("li"), from.dataset.move === "up" ? -1 : 1, from);
});

document.addEventListener("submit", (event) => {
  if (!place()?.contains(event.target)) return;
  event.preventDefault();
  send();
});

// -- putting steps in order -------------------------------------------------------------------------------------------
// A step that is chosen takes the first place that none was chosen for; chosen again, it gives it up.

function pick(step) {
  const list = step.parentElement;
  const picked = [...list.children].filter((other) => other.classList.contains("picked"));
  if (step.classList.contains("picked")) {
    const after = picked[picked.length - 1];
    mark(step, false);
    if (after !== step) after.after(step);
  } else {
    mark(step, true);
    if (picked.length) picked[picked.length - 1].after(step);
    else list.prepend(step);
  }
  touched(list, step);
}

function mark(step, on) {
  step.classList.toggle("picked", on);
  step.querySelector(".step").setAttribute("aria-pressed", String(on));
}

function move(step, by, from) {
  const list = step.parentElement;
  const other = by < 0 ? step.previousElementSibling : step.nextElementSibling;
  if (!other) return;
  // Moving by hand says nothing of which are chosen in turn: all places count from now on.
  for (const one of list.children) mark(one, false);
  by < 0 ? other.before(step) : other.after(step);
  touched(list, step);
  from.focus();
}

function touched(list, step) {
  list.dataset.touched = "true";
  trouble("");
  const at = [...list.children].indexOf(step) + 1;
  const words = place().dataset.stepAt.replace("{step}", step.dataset.given).replace("{n}", at);
  byId("practice-said").textContent = words.replace("{of}", list.children.length);
}

// -- keys -------------------------------------------------------------------------------------------------------------

const number = (key) => (/^[1-9]$/.test(key) ? Number(key) : /^[a-j]$/i.test(key) ? key.toLowerCase().charCodeAt(0) - 96 : 0);

// Whether there was something to press.
function press(selector) {
  const button = place().querySelector(selector);
  button?.click();
  return button !== null;
}

function typing(target, key) {
  if (!target.matches?.("input, textarea, select, [contenteditable]")) return false;
  if (target.id !== "card-field") return true;
  if (key === "Escape") {
    target.blur();
    shown().querySelector("h2").focus({ preventScroll: true });
  }
  return !(key === "?" && target.value === ""); // nothing is being typed into an empty field
}

function onAsking(view, key, target) {
  if (key === "?") return press("[data-do=unknown]");
  const options = [...view.querySelectorAll("button.option")];
  const steps = [...view.querySelectorAll(".steps > li")];
  if (options[number(key) - 1]) {
    options[number(key) - 1].click();
    return true;
  }
  const named = steps.find((step) => step.dataset.letter === String.fromCharCode(64 + number(key)));
  if (named) {
    pick(named);
    return true;
  }
  const way = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (way && steps.length) {
    const step = target.closest?.(".steps > li");
    if (step) move(step, way, target);
    else steps[0].querySelector(".step").focus();
    return true;
  }
  if (way && options.length) {
    const at = options.indexOf(target);
    options[at < 0 ? (way > 0 ? 0 : options.length - 1) : (at + way + options.length) % options.length].focus();
    return true;
  }
  if (key === "Enter" && steps.length && (target.matches?.(".step") || !target.matches?.("button, a, summary"))) {
    send();
    return true;
  }
  return false;
}

function onAnswered(key, target) {
  const letter = key.toLowerCase();
  if (letter === "r" || letter === "e") return press(`[data-do=overrule][data-key=${letter}]`);
  if (letter === "s") return press(".proof .open");
  if ((key === "Enter" || key === " ") && !target.matches?.("button, a, summary")) return press("[data-do=onward]");
  return false;
}

function onKey(event) {
  const view = shown();
  const { key, target } = event;
  if (!view || !visible() || event.defaultPrevented) return;
  if (target.closest?.("#reader, dialog, #talks") || document.querySelector("dialog[open]")) return;
  if (event.repeat && (key === "Enter" || key === " ") && place().contains(target)) return event.preventDefault();
  if (typing(target, key)) return;
  const undoing = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && key.toLowerCase() === "z";
  if (!undoing && (event.ctrlKey || event.metaKey || event.altKey || event.repeat)) return;
  let done = false;
  if (undoing || key.toLowerCase() === "u") done = press("[data-do=undo]");
  else if (view.matches(".asking")) done = onAsking(view, key, target);
  else if (view.matches(".answered")) done = onAnswered(key, target);
  else if (key === "Enter" && (target === document.body || target.matches("h2"))) {
    view.querySelector(".primary")?.click();
    done = true;
  }
  if (done) event.preventDefault();
}

document.addEventListener("keydown", onKey);

// -- beginning --------------------------------------------------------------------------------------------------------

function fromAddress() {
  const named = /^#practice=([\w-]+)$/.exec(location.hash);
  if (!named) return;
  history.replaceState(history.state, "", "#practice"); // loading the page anew begins no other round
  practise(named[1]);
}

window.addEventListener("hashchange", fromAddress);
fromAddress();

// Looked at anew whenever the tab is opened: time has passed, and another window may have gone on.
whenThere(place, (made) => new IntersectionObserver(([seen]) => seen.isIntersecting && look()).observe(made));
document.addEventListener("visibilitychange", () => !document.hidden && visible() && look());
