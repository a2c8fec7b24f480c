// As the web UI shows itself on this machine: light, dark, or as the system does.
(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    let chosen = null;
    try {
      chosen = window.localStorage.getItem("mantine-color-scheme-value");
    } catch {
      // Storage is blocked: the system decides.
    }
    const dark = chosen === "dark" || (chosen !== "light" && system.matches);
    document.documentElement.classList.toggle("dark-mode", dark);
  };
  show();
  system.addEventListener("change", show);
})();
