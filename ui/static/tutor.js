// What the page does without Gradio: the reader, the library's list, the status line, and formulas.
// Everything that is put into the page comes from the tutor's own server, which has escaped it.

import { byId, calm } from "./shared.js";

const words = JSON.parse(document.getElementById("tutor-strings").textContent);

// -- formulas ---------------------------------------------------------------------------------------------------------
// A formula is set in a shadow tree, so that Gradio's updates of the page around it never disturb it. Without KaTeX its
// TeX stays readable.

let katex = null;
let sheet = null;

async function loadKatex() {
  if (!words.katex) return;
  try {
    const [module, style] = await Promise.all([
      import(words.katex),
      fetch(byId("katex-sheet").href).then((answer) => answer.text()),
    ]);
    sheet = new CSSStyleSheet();
    // Gradio ties its copy to its own container; the fonts come with the page's own link to the same file.
    sheet.replaceSync(style.replace(/@font-face\{[^}]*\}/g, "").replace(/\.gradio-container-[\d-]+ /g, ""));
    katex = module.default;
    document.querySelectorAll("tutor-math").forEach((formula) => formula.set());
  } catch (error) {
    console.warn("Formulas are shown as TeX:", error);
  }
}

class TutorMath extends HTMLElement {
  static observedAttributes = ["tex", "class"];

  connectedCallback() {
    this.set();
  }

  attributeChangedCallback(name, before, now) {
    if (name === "tex" && before !== now) this.set();
  }

  set() {
    if (!katex || !this.isConnected) return;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const place = document.createElement("span");
    try {
      const displayMode = this.classList.contains("display");
      katex.render(this.getAttribute("tex"), place, { displayMode, trust: false, strict: "ignore", maxSize: 20 });
      this.classList.add("set");
    } catch {
      place.append(document.createElement("slot"));
      this.classList.remove("set");
    }
    root.replaceChildren(place);
  }
}

customElements.define("tutor-math", TutorMath);
loadKatex();

// -- reader -----------------------------------------------------------------------------------------------------------

let opener = null;
let asked = 0;

async function openReader(from) {
  const panel = byId("reader");
  const { source, url, start, end, words: quoted, link } = from.dataset;
  const query = new URLSearchParams({ source: source ?? url });
  if (start) query.set("start", start), query.set("end", end), query.set("words", quoted);
  if (link) query.set("link", link);
  const mine = ++asked;
  opener = from;
  for (const other of document.querySelectorAll(".current[aria-expanded]")) release(other);
  from.classList.add("current");
  from.setAttribute("aria-expanded", "true");
  const page = panel.querySelector(".page");
  if (panel.hidden) page.textContent = words.loading;
  panel.hidden = false;
  document.documentElement.classList.add("reader-open");
  let made;
  try {
    made = await (await fetch(`/tutor/reader?${query}`)).text();
  } catch {
    made = "";
  }
  if (mine !== asked) return;
  if (made) page.innerHTML = made;
  else page.textContent = words.failed;
  page.querySelector("h2")?.focus({ preventScroll: true });
  const mark = page.querySelector("#quote");
  if (mark) {
    const box = mark.getBoundingClientRect();
    panel.scrollTop += box.top - panel.getBoundingClientRect().top - panel.clientHeight / 3;
  } else panel.scrollTop = 0;
}

function release(button) {
  button.classList.remove("current");
  button.removeAttribute("aria-expanded");
}

function closeReader() {
  const panel = byId("reader");
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  document.documentElement.classList.remove("reader-open");
  asked++;
  if (opener) release(opener);
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("button[data-source], button[data-url]");
  if (from) openReader(from);
  else if (event.target.closest?.("#reader .close")) closeReader();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeReader();
});

// -- the question that was just asked stands at the top -----------------------------------------------------------------

function follow(live) {
  let shown = null;
  new MutationObserver(() => {
    const turn = live.querySelector(".turn");
    if (reopening && turn) {
      reopening = false;
      turn.scrollIntoView({ block: "start" });
    }
    const fresh = turn && (turn.classList.contains("searching") || turn.classList.contains("opening"));
    const question = turn?.querySelector(".question")?.textContent ?? null;
    if (fresh && question !== shown) {
      shown = question;
      turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    } else if (!fresh) shown = null;
  }).observe(live, { subtree: true, childList: true, attributes: true, characterData: true });
}

// -- conversations that were kept ---------------------------------------------------------------------------------------
// The list itself comes from the server, which also does what is chosen in it; here is what asks before that, and the
// list's folding away where there is no room for it.

let chosen = null; // what a dialog asks about, and how the server is told
let reopening = false;
const BESIDE = 1250; // so many pixels hold the conversation (--measure) in the middle and the list (--talks) left of it

window.chooseTalk = (event, tell) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const { act, number, title } = button.dataset;
  const choice = { act, number: Number(number) };
  if (act === "open") {
    reopening = true;
    foldTalks();
    tell(choice);
    return;
  }
  const dialog = byId(`${act}-talk`);
  const input = dialog.querySelector("input");
  if (input) input.value = title;
  else dialog.querySelector(".which").textContent = title;
  chosen = { choice, tell };
  dialog.showModal();
  if (input) input.select();
  else dialog.querySelector(".leaves").focus(); // what Enter does at once loses nothing
};

document.addEventListener("submit", (event) => {
  const dialog = event.target.closest("dialog");
  if (!dialog || !chosen) return;
  const { choice, tell } = chosen;
  chosen = null;
  tell({ ...choice, title: dialog.querySelector("input")?.value });
});

function unfoldTalks() {
  document.documentElement.classList.add("talks-open");
  byId("talks-button").setAttribute("aria-expanded", "true");
  byId("talks-title").focus({ preventScroll: true });
}

function foldTalks() {
  if (!document.documentElement.classList.contains("talks-open")) return;
  document.documentElement.classList.remove("talks-open");
  byId("talks-button").setAttribute("aria-expanded", "false");
  byId("talks-button").focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  if (on("#talks-button")) document.documentElement.classList.contains("talks-open") ? foldTalks() : unfoldTalks();
  else if (on("#talks-close")) foldTalks();
  else if (on("dialog .leaves")) on("dialog").close();
  else if (!on("#talks, dialog")) foldTalks();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) foldTalks();
});

// -- library ----------------------------------------------------------------------------------------------------------

let shelved = null; // what the list was made of

async function refreshShelf(held) {
  const shelf = byId("shelf");
  const now = JSON.stringify(held);
  if (!shelf || shelf.offsetParent === null || now === shelved || !held.length) return;
  try {
    const answer = await fetch("/tutor/library");
    if (!answer.ok) return;
    shelf.innerHTML = await answer.text();
    shelved = now;
    filterShelf();
  } catch {
    // The status line says that the tutor is gone.
  }
}

function filterShelf() {
  const wanted = byId("filter").value.trim().toLowerCase();
  let any = false;
  for (const group of document.querySelectorAll("#shelf .group")) {
    let some = false;
    for (const row of group.querySelectorAll("li")) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      some ||= !row.hidden;
    }
    group.hidden = !some;
    any ||= some;
  }
  const none = document.querySelector("#shelf .none");
  if (none) none.hidden = any;
}

document.addEventListener("input", (event) => {
  if (event.target.id === "filter") filterShelf();
});

// -- status line and progress -------------------------------------------------------------------------------------------

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showStatus(line, state) {
  const status = byId("status");
  if (!status) return;
  status.className = state;
  setText(status.querySelector("span"), line);
  status.title = line;
}

function showReading(made, busy) {
  const place = byId("reading");
  if (!place) return;
  document.documentElement.classList.toggle("reading-now", busy);
  const open = place.querySelector("details")?.open ?? false;
  if (place.dataset.made === made) return;
  place.dataset.made = made;
  place.innerHTML = made;
  const details = place.querySelector("details");
  if (details) details.open = open;
}

let wake = null;
let last = { held: [] };

async function watch() {
  let pause = 400;
  try {
    const answer = await fetch("/tutor/status");
    if (answer.status === 401) location.reload(); // logged out, or the tutor was started anew: to the log-in
    last = await answer.json();
    showStatus(last.line, last.state);
    showReading(last.reading, last.busy);
    await refreshShelf([...last.held, last.busy]);
    pause = last.busy ? 1000 : last.state === "ready" ? 5000 : 400;
  } catch {
    showStatus(words.gone, "gone");
    pause = 3000;
  }
  await new Promise((done) => {
    wake = done;
    setTimeout(done, pause);
  });
  watch();
}

// A click may have begun a reading or opened the library: look at once instead of at the next turn.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#library button, #tabs [role=tab]")) setTimeout(() => wake?.(), 150);
});

new MutationObserver((_, observer) => {
  const live = byId("live");
  if (!live || !byId("status") || !byId("tabs") || !byId("reader") || !document.querySelector("#question textarea")) return;
  observer.disconnect();
  for (const [id, name] of Object.entries(words.labels)) byId(id)?.querySelector("textarea, input")?.setAttribute("aria-label", name);
  follow(live);
  for (const [name, value] of [["role", "region"], ["aria-labelledby", "talks-title"]]) byId("talks")?.setAttribute(name, value);
  new ResizeObserver(([tabs]) => {
    document.documentElement.classList.toggle("talks-drawer", tabs.contentRect.width < BESIDE);
  }).observe(byId("tabs"));
  watch();
}).observe(document.documentElement, { childList: true, subtree: true });
