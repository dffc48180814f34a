// What the scripts of all tabs share.

export const byId = (id) => document.getElementById(id);

// Asks the tutor to change something; what it answers. Throws where it does not answer.
export async function post(tab, act, told = {}) {
  const answer = await fetch(`/tutor/${tab}/${act}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-tutor-page": "1" },
    body: JSON.stringify(told),
  });
  return await answer.json();
}

// Whether the person would rather have nothing move.
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Calls `act` with what `find` finds as soon as it is on the page: now, where Gradio was quicker than the script that asks,
// since nothing about the page may ever change again; else with the change that brings it.
export function whenThere(find, act) {
  const found = find();
  if (found) return act(found);
  const watching = new MutationObserver(() => {
    const made = find();
    if (!made) return;
    watching.disconnect();
    act(made);
  });
  watching.observe(document.documentElement, { childList: true, subtree: true });
}
