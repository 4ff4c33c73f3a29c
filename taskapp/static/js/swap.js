/* Takes over from a newer copy of this page what may have changed, and leaves the rest alone. */

/* Each [data-swap] is replaced by the one of the same name; rows that are new flash. */
export function swapFrom(page) {
  const known = new Set(ids(document));
  for (const old of document.querySelectorAll("[data-swap]")) {
    const fresh = page.querySelector(`[data-swap="${old.dataset.swap}"]`);
    if (fresh && !isWritten(old)) old.replaceWith(document.adoptNode(fresh));
  }
  for (const row of document.querySelectorAll(".t-row[data-task]")) {
    if (!known.has(row.dataset.task)) row.classList.add("is-fresh");
  }
}

/* Whether somebody is writing in there. */
function isWritten(part) {
  return part.querySelector(".t-write[open]") !== null;
}

function ids(page) {
  return [...page.querySelectorAll(".t-row[data-task]")].map((row) => row.dataset.task);
}
