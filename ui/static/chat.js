// The Chat tab, but for what Gradio does: the question that was asked stands at the top, questions are changed, answers
// copied, and the list of conversations asks before something is lost. What is shown comes from the tutor's own server.

import { byId, calm } from "./shared.js";

const BESIDE = 1250; // so many pixels hold the conversation (--measure) in the middle and the list (--talks) left of it
const DRAFT = "tutor-draft"; // what is typed and not yet asked, over a reload
const PENDING = "tutor-pending"; // what is asked and not yet answered, should the tutor end meanwhile

export function watchChat() {
  follow(byId("live"));
  new MutationObserver(fillStanding).observe(byId("live"), { childList: true, subtree: true });
  for (const [name, value] of [["role", "region"], ["aria-labelledby", "talks-title"]]) byId("talks")?.setAttribute(name, value);
  new ResizeObserver(([tabs]) => {
    document.documentElement.classList.toggle("talks-drawer", tabs.contentRect.width < BESIDE);
  }).observe(byId("tabs"));
  const field = byId("question").querySelector("textarea");
  const typed = sessionStorage.getItem(DRAFT);
  if (typed && !field.value) fill(field, typed);
  new MutationObserver(() => settle(field)).observe(byId("live"), { childList: true, subtree: true, attributes: true });
  addEventListener("pagehide", () => sessionStorage.setItem(DRAFT, byId("question").querySelector("textarea")?.value ?? ""));
}

// -- the empty page -----------------------------------------------------------------------------------------------------
// What it says of the library and the model comes from the server whenever that has changed (tutor.js asks).

let standing = "";

export async function refreshStanding() {
  const answer = await fetch("/tutor/welcome");
  if (!answer.ok) return;
  standing = await answer.text();
  fillStanding();
}

function fillStanding() {
  const place = document.querySelector("#live .standing");
  if (!place || place.dataset.made === standing) return;
  place.dataset.made = standing;
  place.innerHTML = standing;
}

// -- the field ----------------------------------------------------------------------------------------------------------

// Questions go out one after the other: the next when the page shows the one before. Sent all at once they arrive in any
// order.
let questions = 0;
let turn = Promise.resolve();

window.askInTurn = (send, told) => {
  const number = ++questions;
  turn = turn.then(() => {
    send({ ...told, number });
    return shown(number);
  });
};

// When the page shows this question or a later one; at the latest after five seconds.
function shown(number) {
  const live = byId("live");
  return new Promise((done) => {
    const watch = new MutationObserver(look);
    const over = setTimeout(end, 5000);
    function end() {
      watch.disconnect();
      clearTimeout(over);
      done();
    }
    function look() {
      if (Number(live.querySelector(".turn")?.dataset.asked) >= number) end();
    }
    watch.observe(live, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-asked"] });
    look();
  });
}

// The field is the page's alone: emptied by an answer of the server, what is typed meanwhile would be lost.
function askTyped(event) {
  const field = byId("question").querySelector("textarea");
  event.preventDefault();
  event.stopPropagation();
  if (!field.value.trim()) return;
  if (!window.askTutor) return void setTimeout(() => askTyped(event), 100); // Gradio is still making the page
  if (document.documentElement.classList.contains("gone")) return complain();
  window.askTutor({ question: field.value });
  fill(field, "");
}

// -- the tutor is gone --------------------------------------------------------------------------------------------------
// What was typed stays, and what was asked and never answered comes back into the field.

let why = "";

function complain() {
  byId("ask-trouble").textContent = why;
}

export function gone(words, meanwhile) {
  if (!why) {
    const waits = document.querySelector("#live .busy, #live .unchecked");
    if (waits) {
      waits.className = "notice error";
      waits.removeAttribute("aria-hidden");
      waits.textContent = meanwhile;
    }
  }
  why = words;
  document.documentElement.classList.add("gone");
}

export function back() {
  if (!why) return;
  why = "";
  document.documentElement.classList.remove("gone");
  byId("ask-trouble").textContent = "";
}

function settle(field) {
  const turn = document.querySelector("#live .turn");
  if (turn?.matches(".done, .stopped, .failed")) sessionStorage.removeItem(PENDING);
  else if (turn) sessionStorage.setItem(PENDING, turn.querySelector(".question")?.textContent ?? "");
  else if (document.querySelector("#live .missing")) {
    const lost = sessionStorage.getItem(PENDING);
    sessionStorage.removeItem(PENDING);
    if (lost && !field.value) fill(field, lost);
  }
}

// -- the field, by keys and its button ----------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const asks = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (asks && event.target.closest?.("#question textarea")) askTyped(event);
}, true);

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#ask")) askTyped(event);
}, true);

// Gradio hears of what is typed by the event.
function fill(field, text) {
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

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

// -- what can be done with an answer ------------------------------------------------------------------------------------

async function copy(button) {
  const { copy: text, copied, failed } = button.dataset;
  const done = await inClipboard(text);
  button.closest(".after").querySelector("[role=status]").textContent = done ? copied : failed;
}

// Without a safe connection (a tutor shared on a network) browsers have no clipboard for scripts but the old way.
async function inClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

async function showEarlier(button) {
  const place = button.closest(".earlier");
  const { earlier: number, before } = button.dataset;
  button.disabled = true;
  let made = "";
  try {
    made = await (await fetch(`/tutor/conversations/${number}/earlier?before=${before}`)).text();
  } catch {
    button.disabled = false; // the status line says that the tutor is gone
    return;
  }
  const height = document.documentElement.scrollHeight;
  place.insertAdjacentHTML("afterend", made);
  place.remove();
  scrollBy({ top: document.documentElement.scrollHeight - height, behavior: "instant" });
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  if (on("button[data-copy]")) copy(on("button[data-copy]"));
  else if (on("button[data-earlier]")) showEarlier(on("button[data-earlier]"));
  else if (on("button[data-edit]")) {
    const dialog = byId("edit-question");
    const field = dialog.querySelector("textarea");
    field.value = on("button[data-edit]").dataset.edit;
    dialog.showModal();
    field.select();
  }
});

// As in the field of the chat, Enter asks and Shift+Enter begins a line.
document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("#edit-question textarea");
  if (!field || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (field.value.trim()) field.form.requestSubmit();
});

// -- conversations that were kept ---------------------------------------------------------------------------------------
// The list itself comes from the server, which also does what is chosen in it; here is what asks before that, and the
// list's folding away where there is no room for it.

let chosen = null; // what a dialog asks about, and how the server is told
let reopening = false;

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
  if (dialog?.id === "edit-question") window.askTutor({ question: dialog.querySelector("textarea").value, again: true });
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
