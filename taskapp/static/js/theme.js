/* Runs before the first paint: a page that follows the device must not flash in the other theme. */
(function () {
  "use strict";
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");

  function follow() {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = device.matches ? "dark" : "light";
  }

  root.classList.add("js");
  device.addEventListener("change", follow);
  follow();
})();
