/* Menus are <details>: a click elsewhere or Escape closes them, as it does in every other menu. */
const openMenu = () => document.querySelector(".t-menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".t-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("focusin", (event) => {
  const menu = openMenu();
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = openMenu();
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
