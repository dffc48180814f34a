// The Settings tab, and the card in the chat that offers a better model. What they show is made by the tutor's own
// server (ui/settings_view.py), which has escaped it; here clicks become requests, and parts that changed are put in
// place of what stood there.

import { byId, post } from "./shared.js";

const AGAIN = 1000; // milliseconds between two looks while something is going
const CARD = "aside[data-offer]";

let waiting = 0;
let busy = 0; // changes under way

function put(html) {
  const place = byId("settings-place");
  const made = document.createElement("template");
  made.innerHTML = html;
  if (!place.querySelector("[data-part]")) place.replaceChildren();
  const parts = [...made.content.children];
  for (const part of parts) {
    part.dataset.shown = part.innerHTML;
    const before = place.querySelector(`:scope > [data-part="${part.dataset.part}"]`);
    if (!before) place.append(part);
    else if (before.dataset.shown !== part.dataset.shown && !inUse(before)) exchange(before, part);
  }
  place.querySelectorAll(":scope > [data-part]").forEach((one) => parts.some((part) => part.dataset.part === one.dataset.part) || one.remove());
  const theme = place.querySelector(`input[name=theme][value="${document.documentElement.dataset.theme}"]`);
  if (theme) theme.checked = true;
}

// What is being typed, and what asks before something is lost, stays.
const inUse = (part) => part.querySelector("dialog[open]") || (part.contains(document.activeElement) && document.activeElement.matches("input:not([type=radio], [type=checkbox])"));

function exchange(before, part) {
  const open = [...before.querySelectorAll("details")].map((one) => one.open);
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  const key = focused && (focused.id || `${focused.dataset.set ?? focused.name ?? ""} ${focused.dataset.name ?? focused.value ?? ""}`);
  before.replaceWith(part);
  part.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? false));
  if (!focused) return;
  const all = [...part.querySelectorAll("button, input, summary, a")];
  const same = all.find((one) => (one.id || `${one.dataset.set ?? one.name ?? ""} ${one.dataset.name ?? one.value ?? ""}`) === key);
  const near = all.find((one) => focused.dataset.name && one.dataset.name === focused.dataset.name);
  (same ?? near ?? all[0])?.focus({ preventScroll: true });
}

async function look() {
  clearTimeout(waiting);
  const place = byId("settings-place");
  const card = document.querySelector(CARD);
  try {
    if (place?.checkVisibility()) {
      const answer = await fetch("/tutor/settings");
      if (!answer.ok) throw new Error(`${answer.status}`);
      put(await answer.text());
    }
    if (card?.parentElement.checkVisibility()) {
      const answer = await fetch("/tutor/settings/offer");
      if (answer.ok) putCard(await answer.text());
    }
  } catch {
    if (place && !place.querySelector("[data-part]")) place.textContent = place.dataset.failed;
    waiting = setTimeout(look, 3000);
    return;
  }
  if ([...document.querySelectorAll("#settings-place [data-going], aside[data-offer][data-going]")].some((one) => one.checkVisibility()) || card?.matches(":empty") && !ready()) waiting = setTimeout(look, AGAIN);
}

const ready = () => byId("status")?.className === "ready";

function putCard(html) {
  const card = document.querySelector(CARD);
  if (!card || card.dataset.shown === html) return;
  const made = document.createElement("template");
  made.innerHTML = html;
  const fresh = made.content.firstElementChild;
  const focused = card.contains(document.activeElement);
  if (!fresh) {
    // Not yet, or not any more: the tutor may still be opening.
    card.replaceChildren();
    card.dataset.shown = html;
    return;
  }
  fresh.dataset.shown = html;
  card.replaceWith(fresh);
  if (focused) fresh.querySelector("button")?.focus({ preventScroll: true });
}

function say(words, trouble = false) {
  const place = byId("settings-said");
  if (!place) return;
  place.textContent = words;
  place.className = trouble ? "trouble" : "";
}

async function change(act, told, waits, from) {
  const place = byId("settings-place");
  busy += 1;
  say(waits ?? place?.dataset.working ?? "");
  const button = from?.matches("form") ? from.querySelector("[type=submit]") : from;
  button?.setAttribute("aria-busy", "true");
  let made;
  try {
    made = await post("settings", act, told);
  } catch {
    made = { trouble: place?.dataset.failed ?? "" };
  }
  busy -= 1;
  button?.removeAttribute("aria-busy");
  if (from?.dataset.reload !== undefined && !made.trouble) {
    location.reload();
    return;
  }
  from?.closest("dialog")?.close();
  if (!made.trouble && from?.matches("form")) document.activeElement?.blur();
  say(made.trouble || made.said, Boolean(made.trouble));
  cardTrouble(from, made.trouble);
  await look();
}

// In the chat the line at the foot of this tab is not seen.
function cardTrouble(from, trouble) {
  const card = from?.closest?.(CARD);
  if (!card || !trouble) return;
  const line = card.querySelector(".notice") ?? card.appendChild(Object.assign(document.createElement("p"), { className: "notice error" }));
  line.setAttribute("role", "alert");
  line.textContent = trouble;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#settings button[data-set], aside[data-offer] button[data-set]");
  if (button) {
    if (button.getAttribute("aria-busy")) return;
    const { set, name, waits } = button.dataset;
    change(set, name ? { name } : {}, waits, button);
    return;
  }
  const asks = event.target.closest?.("#settings button[data-asks]");
  if (asks) {
    const dialog = byId(asks.dataset.asks);
    dialog.querySelector("form").reset();
    dialog.showModal();
    (dialog.querySelector("input:not([type=checkbox])") ?? dialog.querySelector(".leaves")).focus();
  }
});

document.addEventListener("change", (event) => {
  const choice = event.target.closest?.("#settings .options input[type=radio]");
  if (!choice) return;
  if (choice.name === "theme") {
    window.setTutorTheme(choice.value);
    say("");
  } else if (choice.value !== "own") change(choice.name, { [choice.name]: choice.value }, undefined, choice);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("#settings form[data-set]");
  if (!form) return;
  event.preventDefault();
  if (form.querySelector("[aria-busy]")) return;
  change(form.dataset.set, Object.fromEntries(new FormData(form)), form.dataset.waits, form);
});

// Gradio makes a tab's content when it is first opened, and the welcome page anew with each new conversation.
const seen = new IntersectionObserver(([one]) => one.isIntersecting && !busy && look());
let place = null;
let card = null;
function arrived() {
  const now = byId("settings-place");
  if (now && now !== place) seen.observe((place = now));
  const offered = document.querySelector(CARD);
  if (offered && offered !== card && !offered.dataset.shown) look();
  card = offered;
}

arrived(); // Gradio may have been quicker than this script
new MutationObserver(arrived).observe(document.documentElement, { childList: true, subtree: true });
