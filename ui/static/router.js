// Where one is stands in the address: #chat, #chat/12 (a conversation that is kept), #plan, #library and so on. So the
// back button, a reload and a link all lead there.

import { byId } from "./shared.js";

const CHAT = "chat";
const tabs = () => [...document.querySelectorAll("#tabs .tab-container [role=tab][data-tab-id]")];
const name = () => location.hash.slice(1).split(/[/=]/)[0] || CHAT;
const selected = () => document.querySelector('#tabs .tab-container [role=tab][aria-selected="true"]')?.dataset.tabId;
const talk = () => byId("live")?.querySelector(".turn")?.dataset.conversation;
const chatAddress = () => (talk() ? `#${CHAT}/${talk()}` : `#${CHAT}`);

let awaited = null; // the conversation that the address asks for ("": none, the empty page), until it is there

// Gradio has made the page: goes where the address says, and from now on writes down where one is.
export function route() {
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#tabs [role=tab]");
    if (tab) note(tab.dataset.tabId);
  });
  document.addEventListener("keydown", along);
  addEventListener("popstate", arrive);
  new MutationObserver(noteTalk).observe(byId("live"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-conversation"] });
  arrive();
}

// The arrow keys lead from tab to tab, as everywhere (https://www.w3.org/WAI/ARIA/apg/patterns/tabs/).
function along(event) {
  const all = tabs();
  const at = all.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (at < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const next = all[to % all.length];
  next.click();
  next.focus();
}

function note(tab) {
  if (tab === name()) return;
  history.pushState(null, "", tab === CHAT ? chatAddress() : `#${tab}`);
}

// A conversation that has begun, or that was opened, is a place of its own; so is the empty page after one.
function noteTalk() {
  if (name() !== CHAT) return;
  const shown = talk();
  if (awaited !== null && awaited !== (shown ?? "") && !byId("live").querySelector(".missing")) return;
  awaited = null;
  if (shown ? location.hash !== `#${CHAT}/${shown}` : location.hash.startsWith(`#${CHAT}/`)) history.pushState(null, "", chatAddress());
}

async function arrive() {
  const wanted = name();
  const number = wanted === CHAT ? (location.hash.match(/^#chat\/(\d{1,9})$/)?.[1] ?? "") : null;
  if (number !== null) awaited = number;
  // While the page is still being made a click on a tab may come to nothing.
  for (let tries = 0; selected() !== wanted && name() === wanted && tries < 100; tries++) {
    const tab = tabs().find((one) => one.dataset.tabId === wanted);
    if (!tab && tries > 20) return;
    tab?.click();
    await pause(tab ? 30 : 100);
  }
  if (number === null || awaited !== number) return;
  if (number === (talk() ?? "")) awaited = null;
  else if (!number) byId("new")?.click();
  else {
    for (let tries = 0; !window.openTalk && tries < 100; tries++) await pause(100);
    window.openTalk?.(Number(number));
  }
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
