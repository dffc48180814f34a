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
