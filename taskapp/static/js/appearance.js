/* Switches the theme at once, and tells the server, which keeps it in a cookie. */
const root = document.documentElement;
const device = window.matchMedia("(prefers-color-scheme: dark)");

function show(theme) {
  root.dataset.theme = theme;
  root.dataset.bsTheme = theme === "auto" ? (device.matches ? "dark" : "light") : theme;
  for (const button of document.querySelectorAll("[name=theme][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  const choosing = event.submitter.hasAttribute("aria-pressed");
  const opposite = root.dataset.bsTheme === "dark" ? "light" : "dark";
  const theme = choosing ? event.submitter.value : opposite;
  const body = new FormData(form);
  body.set("theme", theme);
  show(theme);
  await fetch(form.action, { method: "POST", body, redirect: "manual" });
});
