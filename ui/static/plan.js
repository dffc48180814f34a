// The Plan tab. What it shows is made by the tutor's own server (ui/plan_view.py), which has escaped it; here clicks
// become requests, and what comes back takes the place of what has changed, with the focus where it was.

import { byId, post, whenThere } from "./shared.js";

const REMEMBERED = "tutor-plan"; // which plan this window shows, over a reload
const SHOWN = 8000; // milliseconds that what was told stays to be seen
const UNDOABLE = 20000; // and where it can be undone

const root = () => document.querySelector("#plan-place .plan-root");

// -- telling ----------------------------------------------------------------------------------------------------------

let hiding = 0;
let undoing = null;

function tell(text, undo = null) {
  const bar = byId("plan-told");
  const button = bar.querySelector("button");
  bar.classList.add("shown");
  bar.querySelector("p").textContent = text;
  undoing = undo;
  button.hidden = !undo;
  clearTimeout(hiding);
  hiding = setTimeout(hush, undo ? UNDOABLE : SHOWN);
}

function hush() {
  const bar = byId("plan-told");
  if (bar.matches(":hover, :focus-within")) hiding = setTimeout(hush, 2000);
  else {
    bar.classList.remove("shown");
    bar.querySelector("button").hidden = true;
  }
}

// -- what comes from the server ---------------------------------------------------------------------------------------

function put(parts, fallback = []) {
  const focused = document.activeElement;
  const names = [focused?.id, ...fallback].filter(Boolean);
  const from = focused?.selectionStart ?? null;
  const open = new Map([...document.querySelectorAll("#plan details[id]")].map((one) => [one.id, one.open]));
  for (const [id, made] of Object.entries(parts)) {
    const old = byId(id);
    if (!old) continue;
    const high = old.getBoundingClientRect().height;
    old.outerHTML = made;
    // What is ticked off keeps its height, so that nothing below it moves.
    if (old.matches(".task") && high) byId(id).style.minHeight = `${high}px`;
  }
  for (const [id, was] of open) if (byId(id)) byId(id).open = was;
  if (focused?.isConnected && focused !== document.body) return;
  const found = focus(names);
  if (found && from !== null) found.setSelectionRange?.(from, from);
}

// The first of these that can be seen, else the plan's head.
function focus(names) {
  const found = names.map(byId).find((one) => one?.checkVisibility());
  (found ?? document.querySelector("#plan-board h2"))?.focus({ preventScroll: true });
  return found;
}

function show(view) {
  const here = root();
  if (here) here.dataset.view = view;
}

function remember(plan) {
  if (plan) sessionStorage.setItem(REMEMBERED, plan);
  else sessionStorage.removeItem(REMEMBERED);
}

async function fetched() {
  const answer = await fetch(`/tutor/plan?plan=${sessionStorage.getItem(REMEMBERED) ?? ""}`);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return await answer.text();
}

let waiting = 0;

async function look() {
  const place = byId("plan-place");
  clearTimeout(waiting);
  let made;
  try {
    made = await fetched();
  } catch {
    if (!root()) place.firstElementChild.textContent = byId("plan-told").dataset.failed;
    waiting = setTimeout(look, 3000);
    return;
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = made;
  if (root() && fresh.content.querySelector(".plan-root")) {
    // What is being typed into the form stays.
    const changed = ["plan-switch", "plan-board"].filter((id) => fresh.content.getElementById(id).outerHTML !== byId(id).outerHTML);
    put(Object.fromEntries(changed.map((id) => [id, fresh.content.getElementById(id).outerHTML])));
    if (!byId("plan-board").dataset.plan) show("new");
  } else place.innerHTML = made;
  if (place.querySelector("[data-waiting]")) waiting = setTimeout(look, 700);
}

let turn = Promise.resolve(); // one change after the other, so that none is overtaken by what it was made before

function send(act, told, fallback = []) {
  const mine = turn.then(() => sent(act, told, fallback));
  turn = mine.catch(() => {});
  return mine;
}

async function sent(act, told, fallback) {
  let made;
  try {
    made = await post("plan", act, told);
  } catch {
    made = { trouble: byId("plan-told").dataset.failed };
  }
  if (made.trouble) return made;
  if (made.plan || act === "remove") remember(made.plan);
  put(made.parts, fallback);
  for (const picture of document.querySelectorAll("#plan img[data-live]")) {
    picture.src = `${picture.src.split("?")[0]}?v=${Date.now()}`;
  }
  tell(made.told, made.undo);
  return made;
}

// Something outside a form: trouble is told where everything is told, and the page shown as it really is.
async function act(name, told, fallback = []) {
  const made = await send(name, told, fallback);
  if (!made.trouble) return;
  tell(made.trouble);
  await look();
}

// -- tasks ------------------------------------------------------------------------------------------------------------

function beside(task) {
  // Where the focus goes when a task leaves its place: to the next one in it, or the one before.
  const all = [...document.querySelectorAll(`#plan-board .task[id^="${task.id.split("-")[0]}-"]`)];
  const at = all.indexOf(task);
  return [all[at + 1], all[at - 1]].filter(Boolean).map((one) => `${one.id}-tick`);
}

document.addEventListener("change", async (event) => {
  const { target } = event;
  if (!target.closest?.("#plan")) return;
  if (target.matches("[data-task]")) {
    target.removeAttribute("aria-invalid");
    await act(target.checked ? "done" : "undo", { task: target.dataset.task });
  } else if (target.matches("[data-took]")) {
    const made = await send("done", { task: target.dataset.took, minutes: target.value });
    if (made.trouble) {
      target.setAttribute("aria-invalid", "true");
      tell(made.trouble);
    }
  } else if (target.matches("[name=known]")) countKnown();
});

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  if (!on("#plan")) return closeMenus();
  const button = on("button");
  if (!on(".more")) closeMenus();
  if (!button) return;
  const { act: name, task, days, plan, view } = button.dataset;
  if (name === "remove") askToRemove(button);
  else if (name) {
    const row = button.closest(".task");
    closeMenus();
    const told = { task, ...(days ? { days: Number(days) } : {}) };
    act(name, told, name === "postpone" ? beside(row) : [`${row.id}-more`]);
  } else if (plan) open(Number(plan), button.id);
  else if (view === "new") {
    show("new");
    byId("plan-goal").focus();
  } else if (view) {
    show("board");
    document.querySelector("#plan-board h2")?.focus({ preventScroll: true });
  } else if (button.hasAttribute("data-goal-example")) {
    byId("plan-goal").value = button.textContent;
    byId("plan-goal").focus();
  } else if (on("#plan-told") && undoing) {
    const { act: name, ...told } = undoing;
    undoing = null;
    const number = told.task.split(".")[1];
    act(name, told).then(() => focus([`today-${number}-tick`, `task-${number}-tick`]));
  }
});

// A goal from elsewhere in the page: the form with it, whether or not there is a plan already.
async function begin(goal) {
  location.hash = "plan";
  for (let tries = 0; !byId("plan-goal") && tries < 100; tries++) await new Promise((done) => setTimeout(done, 100));
  if (!byId("plan-goal")) return;
  show("new");
  byId("plan-goal").value = goal;
  byId("plan-goal").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-goal]:not(#plan *)");
  if (button) begin(button.dataset.goal);
});

async function open(plan, id) {
  remember(plan);
  await look();
  show("board");
  byId(id)?.focus({ preventScroll: true });
}

function closeMenus(but = null) {
  for (const menu of document.querySelectorAll("#plan .more[open]")) if (menu !== but) menu.open = false;
}

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("#plan .more[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// -- plans ------------------------------------------------------------------------------------------------------------

function askToRemove(button) {
  const dialog = byId("remove-plan");
  dialog.dataset.plan = button.dataset.plan;
  dialog.querySelector(".which").textContent = button.dataset.goal;
  dialog.showModal();
  dialog.querySelector(".leaves").focus(); // what Enter does at once loses nothing
}

const MANY = ["known", "free"];

function typed(form) {
  const data = new FormData(form);
  const told = Object.fromEntries([...data].filter(([name]) => !MANY.includes(name)));
  for (const name of MANY) if (form.elements[name]) told[name] = data.getAll(name);
  if (form.dataset.plan) told.plan = Number(form.dataset.plan);
  return told;
}

async function submit(form) {
  const button = form.querySelector("[type=submit]");
  const trouble = form.querySelector(".trouble");
  const words = button.textContent;
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  button.textContent = button.dataset.busy ?? words;
  trouble.replaceChildren();
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  const made = await send(form.dataset.act, typed(form), ["plan-nothing"]);
  delete form.dataset.busy;
  button.textContent = words;
  if (!made.trouble) {
    show("board");
    document.querySelector("#plan-board h2")?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
    return;
  }
  const line = document.createElement("p");
  line.className = "notice error";
  line.textContent = made.trouble;
  trouble.append(line);
  const field = form.querySelector(`[name="${made.field}"]`);
  field?.setAttribute("aria-invalid", "true");
  (field ?? button).focus();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.closest("#plan")) return;
  const dialog = form.closest("#remove-plan");
  if (dialog) {
    act("remove", { plan: Number(dialog.dataset.plan) }).then(() => {
      if (!byId("plan-board").dataset.plan) show("new");
      byId(byId("plan-board").dataset.plan ? "plan-board" : "plan-new")?.querySelector("h2")?.focus();
    });
    return;
  }
  event.preventDefault();
  submit(form);
});

// -- chapters that are known ------------------------------------------------------------------------------------------

function countKnown() {
  const known = byId("plan-known");
  const marked = known.querySelectorAll("[name=known]:checked").length;
  known.querySelector(".count").textContent = marked ? known.dataset.some.replace("{n}", marked) : known.dataset.none;
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "plan-known-find") return;
  const wanted = event.target.value.trim().toLowerCase();
  let any = false;
  for (const section of document.querySelectorAll("#plan-known fieldset")) {
    const named = section.querySelector("legend").textContent.toLowerCase().includes(wanted);
    let some = false;
    for (const chapter of section.querySelectorAll("label")) {
      chapter.hidden = !named && !chapter.textContent.toLowerCase().includes(wanted);
      some ||= !chapter.hidden;
    }
    section.hidden = !some;
    any ||= some;
  }
  document.querySelector("#plan-known .none").hidden = any;
});

// -- whenever the tab comes into view, it shows what is ------------------------------------------------------------------

whenThere(() => byId("plan-told") && byId("plan-place"), (place) => {
  const seen = () => place.checkVisibility();
  new IntersectionObserver(([entry]) => entry.isIntersecting && look()).observe(place);
  document.addEventListener("visibilitychange", () => !document.hidden && seen() && look());
});
