// The Library tab, and the panel of readings wherever it stands. What is shown is made by the tutor's own server
// (ui/shelf_view.py), which has escaped it; here clicks become requests, what is not chosen is hidden, and files are sent.

import { byId, post, whenThere } from "./shared.js";

const BUSY = 1000; // milliseconds between two looks at a reading that is going
const IDLE = 4000;
const TOLD = 7000; // how long it stays on the screen that something was done

const place = () => byId("library-place");
const visible = (element) => Boolean(element) && element.offsetParent !== null;

// -- what is told -----------------------------------------------------------------------------------------------------

let hiding = 0;

function say(words) {
  const said = byId("library-said");
  if (said) said.textContent = words;
}

// Tells how something went: what went wrong beside where it was asked, where that is a part of the page that stays.
function tell(words, wrong = false, door = null) {
  for (const old of document.querySelectorAll("#library .told, #library .door .trouble")) old.remove();
  if (!words) return;
  const line = document.createElement("p");
  line.textContent = words;
  if (wrong) line.setAttribute("role", "alert");
  else say(words);
  line.className = door?.isConnected ? `trouble notice ${wrong ? "error" : ""}` : `told ${wrong ? "error" : ""}`;
  (door?.isConnected ? door : place())?.append(line);
  clearTimeout(hiding);
  if (!wrong) hiding = setTimeout(() => line.remove(), TOLD);
}

// -- readings ---------------------------------------------------------------------------------------------------------

let busy = false;
let again = 0;

// Puts what the server says of the readings wherever the page has room for it. What changed by itself is offered, so that
// the list does not move under the reader; `asked`: somebody here changed something.
export function showReadings(now, asked = false) {
  const ended = busy && !now.busy;
  busy = now.busy;
  for (const panel of document.querySelectorAll("[data-readings]")) {
    if (panel.dataset.shown === now.readings) continue;
    const open = panel.querySelector("details")?.open ?? false;
    const focused = panel.contains(document.activeElement) ? document.activeElement.dataset.shelf : null;
    panel.innerHTML = now.readings;
    panel.dataset.shown = now.readings;
    const details = panel.querySelector("details");
    if (details) details.open = open;
    if (focused) (panel.querySelector(`[data-shelf="${focused}"]`) ?? panel.querySelector("[data-shelf]"))?.focus({ preventScroll: true });
  }
  if (ended) say(document.querySelector("[data-readings] .ended .what, [data-readings] .notice")?.textContent ?? "");
  const shelf = byId("shelf");
  if (!shelf || !now.stamp || shelf.dataset.stamp === now.stamp) return;
  if (!busy && (ended || asked)) load();
  else shelf.querySelector(".newer").hidden = false;
}

export async function watchReadings() {
  clearTimeout(again);
  const shown = [...document.querySelectorAll("[data-readings]")].some((panel) => visible(panel.parentElement));
  if (shown) {
    try {
      const answer = await fetch("/tutor/library/readings");
      if (answer.ok) showReadings(await answer.json());
    } catch {
      // The status line says that the tutor is gone.
    }
  }
  clearTimeout(again);
  again = setTimeout(watchReadings, busy && shown ? BUSY : IDLE);
}

// -- the shelf --------------------------------------------------------------------------------------------------------

const chosen = { chip: "held", section: "", kind: "", sort: "date" };
let loading = null;

// Loads the tab, or what may have changed of it: what is typed, chosen and open stays.
function load() {
  loading ??= fetched().finally(() => (loading = null));
  return loading;
}

async function fetched() {
  let html;
  try {
    const answer = await fetch("/tutor/library");
    if (answer.status === 503) return void setTimeout(() => visible(place()) && load(), BUSY); // not opened yet
    if (!answer.ok) throw new Error(`${answer.status}`);
    html = await answer.text();
  } catch {
    if (!byId("shelf")) place().textContent = place().dataset.failed;
    return void setTimeout(() => visible(place()) && load(), IDLE);
  }
  if (byId("shelf")) renew(html);
  else place().innerHTML = html;
  for (const select of place().querySelectorAll("[data-choice]")) {
    select.value = chosen[select.dataset.choice];
    if (select.selectedIndex < 0) select.value = chosen[select.dataset.choice] = "";
  }
  arrange();
  watchReadings();
}

function renew(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const focused = document.activeElement;
  const row = focused.closest?.("#shelf li");
  const at = row ? [...row.parentElement.children].filter((one) => !one.hidden).indexOf(row) : -1;
  const pressed = focused.closest?.("#shelf [data-chip]")?.dataset.chip;
  const open = byId("storage").open;
  for (const part of ["#shelf-counts", "#shelf", "#storage", ".choosing", "[data-handbook]"]) {
    const [old, fresh] = [place().querySelector(part), made.content.querySelector(part)];
    if (old && fresh && !(part === ".choosing" && old.contains(focused))) old.replaceWith(fresh);
  }
  byId("storage").open = open;
  if (pressed) byId("shelf").querySelector(`[data-chip="${pressed}"]`)?.focus({ preventScroll: true });
  if (at >= 0) requestAnimationFrame(() => rows()[at]?.querySelector(".open, summary")?.focus({ preventScroll: true }));
}

const rows = () => [...document.querySelectorAll("#shelf .sources > li")].filter((one) => !one.hidden);

const orders = {
  title: () => 0,
  date: (one, other) => other.dataset.date.localeCompare(one.dataset.date),
  words: (one, other) => other.dataset.words - one.dataset.words,
  handbook: (one, other) => one.dataset.at - other.dataset.at,
};

// Sorts and hides rows by what is chosen and typed.
function arrange() {
  const shelf = byId("shelf");
  if (!shelf) return;
  const list = shelf.querySelector(".sources");
  const all = [...list.children];
  all.forEach((row, n) => (row.dataset.nth ??= n));
  if (list.dataset.sort !== chosen.sort) {
    const order = orders[chosen.sort] ?? orders.title;
    list.append(...all.sort((one, other) => order(one, other) || one.dataset.nth - other.dataset.nth));
    list.dataset.sort = chosen.sort;
  }
  if (chosen.chip && !shelf.querySelector(`[data-chip="${chosen.chip}"]`)) chosen.chip = "held";
  const wanted = byId("filter").value.trim().toLowerCase();
  let shown = 0;
  for (const row of all) {
    const { chips, kind, section } = row.dataset;
    const fits =
      (!chosen.chip || chips.split(" ").includes(chosen.chip)) &&
      (!chosen.kind || kind === chosen.kind) &&
      (!chosen.section || (section || "-") === chosen.section) &&
      (!wanted || row.querySelector(".open").textContent.toLowerCase().includes(wanted));
    row.hidden = !fits;
    shown += fits;
  }
  for (const chip of shelf.querySelectorAll("[data-chip]")) {
    chip.setAttribute("aria-pressed", String(chip.dataset.chip === chosen.chip));
  }
  const hint = shelf.querySelector(".hint");
  hint.textContent = shelf.querySelector(`[data-chip="${chosen.chip}"]`)?.dataset.hint ?? "";
  hint.hidden = !hint.textContent;
  const count = shelf.querySelector(".shown");
  count.textContent = (shown === 1 ? count.dataset.one : count.dataset.more).replace("{n}", shown.toLocaleString("en"));
  shelf.querySelector(".none").hidden = shown > 0;
}

// -- changes ----------------------------------------------------------------------------------------------------------

// The panel of readings of the tab that is open.
const panel = () => [...document.querySelectorAll("[data-readings]")].find(visible);

// Whether it can be seen, or would be.
function seen() {
  const box = panel()?.getBoundingClientRect();
  return Boolean(box) && box.bottom >= 0 && box.top < innerHeight;
}

async function change(act, told, door = null) {
  let made;
  const button = document.activeElement;
  button?.setAttribute?.("aria-busy", "true");
  try {
    made = await post("library", act, told);
  } catch {
    made = { trouble: place()?.dataset.failed ?? "" };
  }
  button?.removeAttribute?.("aria-busy");
  if ("readings" in made) {
    showReadings(made, true);
    clearTimeout(again);
    again = setTimeout(watchReadings, busy ? BUSY / 4 : IDLE);
  }
  const shown = made.said && act !== "remove" && seen(); // by the panel of readings
  tell(shown ? "" : made.trouble || made.said || "", Boolean(made.trouble), made.trouble ? door : null);
  if (shown) say(made.said);
  return made;
}

async function look(act, told, door) {
  const given = byId("look");
  const name = told.url ?? "";
  given.textContent = given.dataset.looking.replace("{name}", name);
  given.scrollIntoView({ block: "nearest" });
  const made = await change(act, told, door);
  given.innerHTML = made.html ?? "";
  given.querySelector(".what")?.focus();
}

async function act(name, told, door = null) {
  if (name === "look" || name === "paste") return look(name, told, door);
  const made = await change(name, told, door);
  if (made.trouble) return;
  if (door?.matches("form")) door.reset();
  if (name === "read") byId("look")?.replaceChildren();
  if (["read", "files", "handbook"].includes(name)) panel()?.scrollIntoView({ block: "nearest" });
}

// -- files ------------------------------------------------------------------------------------------------------------

// Why a file is not sent, or "".
function refused(file, input) {
  const { most, large, other, empty } = input.dataset;
  const kinds = input.accept.split(",");
  const line = file.size > Number(most) ? large : !kinds.some((kind) => file.name.toLowerCase().endsWith(kind)) ? other : file.size ? "" : empty;
  return line.replace("{name}", file.name);
}

async function send(file) {
  const answer = await fetch("/tutor/library/upload", {
    method: "POST",
    headers: { "content-type": "application/octet-stream", "x-tutor-page": "1", "x-file-name": encodeURIComponent(file.name) },
    body: file,
  });
  return await answer.json();
}

async function take(files, input) {
  const door = input.closest(".door");
  const wrong = [];
  const names = [];
  for (const file of files) {
    const line = refused(file, input);
    if (line) {
      wrong.push(line);
      continue;
    }
    tell(input.dataset.going.replace("{name}", file.name), false, door);
    try {
      const kept = await send(file);
      kept.name ? names.push(kept.name) : wrong.push(kept.trouble);
    } catch {
      wrong.push(place().dataset.failed);
    }
  }
  input.value = "";
  if (names.length && input.id === "add-list") await look("look", { url: names[0] }, door);
  else if (names.length) await act("files", { names }, null);
  if (wrong.length) tell(wrong.join("\n"), true, door);
  else if (!names.length) tell("");
}

const bears = (event) => Boolean(place() && visible(place()) && byId("add-files") && event.dataTransfer?.types.includes("Files"));

document.addEventListener("dragover", (event) => {
  if (!bears(event)) return;
  event.preventDefault();
  place().querySelector("[data-drop]").classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) place()?.querySelector("[data-drop]")?.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!bears(event)) return;
  event.preventDefault();
  place().querySelector("[data-drop]").classList.remove("over");
  take(event.dataTransfer.files, byId("add-files"));
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches?.("#add-files, #add-list") && target.files.length) take([...target.files], target);
  else if (target.matches?.("#library [data-choice]")) {
    chosen[target.dataset.choice] = target.value;
    arrange();
  }
});

// -- searching inside -------------------------------------------------------------------------------------------------

let search = 0;

async function find() {
  const mine = ++search;
  const found = byId("found");
  const words = byId("filter").value.trim();
  if (!words) {
    found.textContent = found.dataset.empty;
    return;
  }
  found.setAttribute("aria-busy", "true");
  let html = "";
  try {
    html = await (await fetch(`/tutor/library/search?${new URLSearchParams({ words })}`)).text();
  } catch {
    found.textContent = place().dataset.failed;
  }
  if (mine !== search) return;
  found.removeAttribute("aria-busy");
  if (html) found.innerHTML = html;
  say(found.querySelector(".found-head p, .notice")?.textContent ?? "");
}

// -- what is clicked, typed and sent ------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  const button = on("button[data-shelf]");
  if (button) {
    const { shelf, address: url, links } = button.dataset;
    button.closest("details[name=source]")?.removeAttribute("open");
    act(shelf, { url, links });
  } else if (on("#library [data-chip]")) {
    const { chip } = on("[data-chip]").dataset;
    chosen.chip = chosen.chip === chip ? "" : chip;
    arrange();
  } else if (on("#library [data-choose]")) byId(on("[data-choose]").dataset.choose).click();
  else if (on("#library [data-leave]")) {
    byId("look").replaceChildren();
    place().querySelector(".more > summary")?.focus();
  } else if (on("#library [data-close-found]")) {
    byId("found").replaceChildren();
    byId("filter").focus();
  } else if (on("#library [data-newer]")) load();
  else if (on("#library [data-remove]")) askToRemove(on("[data-remove]"));
});

function askToRemove(button) {
  const dialog = byId("remove-source");
  const { address, title, file } = button.dataset;
  dialog.dataset.address = address;
  dialog.querySelector(".which").textContent = title;
  dialog.querySelector(".for-page").hidden = file === "true";
  dialog.querySelector(".for-file").hidden = file !== "true";
  dialog.showModal();
  dialog.querySelector(".leaves").focus(); // what Enter does at once loses nothing
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.closest("#remove-source")) {
    act("remove", { url: form.closest("dialog").dataset.address });
    return;
  }
  if (form.id === "find") {
    event.preventDefault();
    find();
  } else if (form.closest("#library") && form.dataset.do) {
    event.preventDefault();
    act(form.dataset.do, Object.fromEntries(new FormData(form)), form);
  }
});

document.addEventListener("input", (event) => {
  if (event.target.id === "filter") arrange();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const open = document.activeElement.closest?.("#library details[name=source][open]");
  if (!open) return;
  open.removeAttribute("open");
  open.querySelector("summary").focus();
});

// Gradio makes a tab's content when it is first opened.
const shown = new IntersectionObserver(([one]) => one.isIntersecting && load());
whenThere(place, (made) => shown.observe(made));
watchReadings();
