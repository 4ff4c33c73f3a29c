/* Takes over from a newer copy of this page what has changed, and moves nothing under the pointer or
   the focus.

   Each [data-swap] becomes as the one of the same name. Within it a [data-hold] (a column of the
   board, a day of the calendar) waits while the pointer or the focus is in it, but for its tasks,
   which change in their places. In a list ([data-waits]) that is always so: rows that come wait
   behind a line above it, rows that go stay, greyed, until the next load. */
import { morph, morphChildren } from "./morph.js";
import { acts, parse, read } from "./send.js";
import { offer, withdraw } from "./waiting.js";

const MOST = 300; // ids that an address may hold
// What shows that it has changed.
const FLASHES = ".t-row, .t-card, .t-evt-w, .t-ag, .t-props dd, .t-feed > li, .t-md";

/* Ids of the tasks to which something has happened since this page was loaded. */
export const touched = new Set();

const held = new Set();
let latest = null;
let actsBefore = 0;
let turns = 0;

/* `insert`: the reader did this, so rows that come need not wait. */
export async function swapFrom(page, { insert = false } = {}) {
  const turn = ++turns;
  for (const list of document.querySelectorAll("[data-waits]")) await keepRows(list, page);
  if (turn !== turns) return; // a newer copy was quicker
  latest = page;
  actsBefore = acts.begun;
  apply(page, insert);
}

function apply(page, insert) {
  const changed = new Set();
  const options = { changed: (element) => changed.add(flashing(element)), hold };
  held.clear();
  if (insert) for (const row of document.querySelectorAll(".is-fresh")) row.classList.remove("is-fresh");
  stayPut(() => {
    for (const old of document.querySelectorAll("[data-swap]")) {
      const fresh = page.querySelector(`[data-swap="${old.dataset.swap}"]`);
      if (!fresh || !old.isConnected) continue;
      if ("waits" in old.dataset) swapList(old, fresh, options, insert);
      else morph(old, fresh, options);
    }
  });
  flash(changed);
  document.dispatchEvent(new Event("swapped"));
}

/* Rows that the newer copy does not have are added to it, as they are now, out of sight. */
async function keepRows(list, page) {
  const [shown, there] = [rowsOf(list), rowsOf(page)];
  const gone = [...shown.keys()].filter((id) => !there.has(id));
  if (!gone.length || gone.length > MOST) return;
  const html = await read(`${list.dataset.waits}?ids=${gone}`);
  if (html === null) return;
  const kept = document.createElement("div");
  kept.dataset.kept = "";
  kept.append(parse(html.trim()));
  page.body.append(kept);
}

function swapList(old, fresh, options, insert) {
  const [shown, there] = [rowsOf(old), rowsOf(fresh)];
  const isOnePage = !fresh.querySelector(".t-pager"); // else rows also come from the next page
  const isNew = (id) => !shown.has(id) && (isOnePage || insert || touched.has(id));
  const coming = [...there.keys()].filter(isNew);
  if (!shown.size || (insert && coming.length)) {
    withdraw();
    morph(old, fresh, options);
    const rows = rowsOf(old);
    for (const id of coming) options.changed(rows.get(id));
    return;
  }
  const box = fresh.ownerDocument.querySelector("[data-kept]");
  const kept = rowsOf(box);
  for (const [id, row] of shown) {
    const now = there.get(id) ?? kept.get(id);
    row.classList.toggle("is-gone", !now && box !== null);
    if (now) morph(row, now, options);
    else if (box) row.querySelector(".t-select").checked = false;
  }
  offer(coming.length, () => settle(old, coming));
}

/* The list as a load would show it now. */
function settle(list, coming) {
  apply(latest, true);
  rowsOf(list).get(coming.find((id) => rowsOf(list).has(id)))?.querySelector("a").focus();
}

const rowsOf = (root) =>
  new Map([...(root?.querySelectorAll(".t-row") ?? [])].map((row) => [row.dataset.task, row]));

function hold(old, fresh) {
  if (!("hold" in old.dataset) || !isInUse(old)) return false;
  const cards = new Map([...fresh.children].map((card) => [card.dataset.task, card]));
  const options = { changed: (element) => flash([flashing(element)]), hold };
  for (const card of old.querySelectorAll(":scope > [data-task]")) {
    const now = cards.get(card.dataset.task);
    if (now) morph(card, now, options);
    card.classList.toggle("is-gone", !now);
  }
  held.add(old);
  return true;
}

function isInUse(element) {
  return (
    element.matches(":hover, :focus-within") ||
    element.querySelector(".t-menu[open]") ||
    document.documentElement.classList.contains("is-dragging")
  );
}

/* What waited comes when the pointer and the focus have left. */
function release() {
  if (acts.running || ![...held].some((element) => !isInUse(element))) return;
  if (actsBefore === acts.begun) {
    apply(latest, false);
  } else {
    held.clear();
    document.dispatchEvent(new Event("outdated"));
  }
}
document.addEventListener("pointerover", release);
document.addEventListener("focusin", release);
document.documentElement.addEventListener("pointerleave", release);

/* Where something above has grown or shrunk, the page scrolls by as much. */
function stayPut(change) {
  const hand = document.querySelector("main :focus") ?? [...document.querySelectorAll("main :hover")].at(-1);
  const before = hand?.getBoundingClientRect().top;
  change();
  const moved = hand?.isConnected ? hand.getBoundingClientRect().top - before : 0;
  if (moved) window.scrollBy({ top: moved, behavior: "instant" });
}

/* What the menus of a card offer depends on its neighbours, and is nothing to point at. */
function flashing(element) {
  return element.closest(".t-menu-p") ? null : element.closest(FLASHES);
}

function flash(elements) {
  for (const element of elements) {
    if (!element) continue;
    element.classList.remove("is-fresh");
    void element.offsetWidth; // or the animation would not begin anew
    element.classList.add("is-fresh");
  }
}
