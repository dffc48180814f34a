// Filters the list of questions. The page says everything without it.
(() => {
  const form = document.querySelector(".filter");
  if (!form) return;
  const rows = [...document.querySelectorAll(".one-question")];
  const told = form.querySelector("output");
  const words = new Map();
  const text = (row) => {
    if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
    return words.get(row);
  };
  const show = () => {
    const said = form.elements.text.value.toLowerCase().trim();
    const names = ["kind", "verdict", "section"].filter((name) => form.elements[name]?.value);
    let shown = 0;
    for (const row of rows) {
      const fits = names.every((name) => row.dataset[name] === form.elements[name].value) && (!said || text(row).includes(said));
      row.hidden = !fits;
      shown += fits;
    }
    told.value = `${shown} of ${rows.length} questions shown`;
  };
  let waiting;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 60); });
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  form.addEventListener("reset", () => setTimeout(show));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link) return;
    form.reset();
    form.elements[link.dataset.filter].value = link.dataset.value;
    show();
  });
  const open = () => {
    const row = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!row || !row.matches(".one-question")) return;
    if (row.hidden) { form.reset(); show(); }
    row.open = true;
    row.scrollIntoView();
  };
  addEventListener("hashchange", open);
  form.hidden = false;
  show();
  open();
})();
