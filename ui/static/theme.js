// The appearance that was chosen in this browser, before anything is painted; "system" where none was.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("tutor-theme");
    } catch {
      return null; // storage is switched off: the system's
    }
  };
  const set = (theme) => {
    root.style.colorScheme = theme === "light" || theme === "dark" ? theme : "light dark";
    root.dataset.theme = theme || "system";
    follow();
  };
  // Gradio marks the body by the system's wish and by nothing else: its mark is made to agree.
  const follow = () => {
    const theme = root.dataset.theme;
    const wanted = theme === "dark" || (theme !== "light" && dark.matches);
    if (document.body && document.body.classList.contains("dark") !== wanted) document.body.classList.toggle("dark", wanted);
  };
  set(kept());
  window.addEventListener("storage", (event) => event.key === "tutor-theme" && set(event.newValue));
  window.setTutorTheme = (theme) => {
    try {
      localStorage.setItem("tutor-theme", theme);
    } catch {
      // It holds until the page is left.
    }
    set(theme);
  };
  document.addEventListener("DOMContentLoaded", () => {
    follow();
    new MutationObserver(follow).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
})();
