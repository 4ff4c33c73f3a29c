/* On phones the filters fold behind one button. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fold]");
  if (!button) return;
  const open = button.closest(".t-filters").classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(open));
});
