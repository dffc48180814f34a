// What the page does without Gradio: the reader, the status line, and formulas. The chat is in
// chat.js, the other tabs in files of their names.
// Everything that is put into the page comes from the tutor's own server, which has escaped it.

import { back, gone, refreshStanding, watchChat } from "./chat.js";
import { route } from "./router.js";
import { byId, whenThere } from "./shared.js";

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
  if (panel.hidden) entered();
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

// The back button closes the reader; closed in another way, it takes its place in the history with it.
function entered() {
  if (!leaving && !history.state?.reader) history.pushState({ reader: true }, "");
}

let leaving = false; // its place in the history is being taken back

addEventListener("popstate", () => {
  if (leaving) {
    leaving = false;
    if (!byId("reader").hidden) entered(); // opened again meanwhile
    return restFocus();
  }
  if (history.state?.reader) return;
  closeReader();
  restFocus();
});

function restFocus() {
  // Going back to an address like #library takes the focus from where it was.
  const left = opener;
  opener = null;
  setTimeout(() => document.activeElement === document.body && focusAgain(left));
}

// Its words have just been read: what shows them to whoever reaches it with Tab stays away this time.
function focusAgain(button) {
  if (!button?.isConnected) return;
  button.classList.add("seen");
  button.addEventListener("blur", () => button.classList.remove("seen"), { once: true });
  button.focus({ preventScroll: true });
}

function closeReader() {
  const panel = byId("reader");
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  if (history.state?.reader && !leaving) {
    leaving = true;
    history.back();
  }
  document.documentElement.classList.remove("reader-open");
  asked++;
  if (opener) release(opener);
  focusAgain(opener);
}

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("button[data-source], button[data-url]");
  if (from) openReader(from);
  else if (event.target.closest?.("#reader .close")) closeReader();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeReader();
});

// -- status line --------------------------------------------------------------------------------------------------------

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

let wake = null;
let last = { held: [] };
let stood = ""; // what the empty page was made of
let met = null; // which start of the tutor this page belongs to

// The tutor was started again: what this page holds of the old one is void. Where one is, and what was typed, stays.
function anew() {
  location.reload();
}

async function watch() {
  let pause = 400;
  try {
    const answer = await fetch("/tutor/status");
    if (answer.status === 401) location.reload(); // logged out, or the tutor was started anew: to the log-in
    last = await answer.json();
    met ??= last.boot;
    if (met !== last.boot) return anew();
    back();
    showStatus(last.line, last.state);
    if (stood !== (stood = JSON.stringify([last.state, last.held, last.busy]))) await refreshStanding();
    pause = last.busy ? 1000 : last.state === "ready" ? 5000 : 400;
  } catch {
    gone(words.gone, words.goneMeanwhile);
    showStatus(words.gone, "gone");
    pause = 2000;
  }
  await new Promise((done) => {
    wake = done;
    setTimeout(done, pause);
  });
  watch();
}

// Gradio tells of a broken connection in words of its own, and nothing that could be done: the status line does both.
new MutationObserver(() => {
  if (document.querySelector(".toast-wrap > *")) wake?.();
}).observe(document.body, { childList: true, subtree: true });

// A click may have begun a reading: look at once instead of at the next turn.
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#library button, #tabs [role=tab]")) setTimeout(() => wake?.(), 150);
});

const made = () => byId("live") && byId("status") && byId("tabs") && byId("reader") && document.querySelector("#question textarea");

whenThere(made, () => {
  for (const [id, name] of Object.entries(words.labels)) byId(id)?.querySelector("textarea, input")?.setAttribute("aria-label", name);
  watch();
  watchChat();
  route();
});
