/* The selection: how many, and none again. The bar itself appears by CSS. */
const chosen = () => [...document.querySelectorAll(".t-select:checked")];

function count() {
  const number = document.querySelector("[data-bulk-count]");
  if (number) number.textContent = chosen().length;
}

export function clearSelection() {
  for (const box of chosen()) box.checked = false;
  count();
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".t-select")) count();
});

document.addEventListener("swapped", count);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-clear]")) clearSelection();
  const button = event.target.closest("[data-select]");
  if (!button) return;
  const selecting = document.querySelector(".t-list").classList.toggle("is-selecting");
  button.setAttribute("aria-pressed", String(selecting));
});
