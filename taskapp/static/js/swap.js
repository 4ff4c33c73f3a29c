/* Takes over from a newer copy of this page what has changed, and moves nothing under the pointer or
   the focus.

   Each [data-swap] becomes as the one of the same name. Within it a [data-hold] (a column of the
   board, a day of the calendar or the time log) waits while the pointer or the focus is in it, but
   for its tasks, which change in their places. In a list ([data-waits]) that is always so: rows that
   come wait behind a line above it, rows that go stay, greyed, until the next load. */
import { morph } from "./morph.js";
import { fetchPieces, tasksIn } from "./pieces.js";
import { acts } from "./send.js";
import { offer, withdraw } from "./waiting.js";

// What shows that it has changed.
const FLASHES =
  ".t-row, .t-card, .t-evt-w, .t-ag, .t-props dd, .t-feed > li, .t-md, .t-log > li, .t-kpi";

/* Ids of the tasks to which something has happened since this page was loaded. */
export const touched = new Set();

const held = new Set();
let latest = null; // the newest copy, and what belongs to it
let turns = 0;

/* `insert`: the reader did this, so rows that come need not wait. */
export async function swapFrom(page, { insert = false } = {}) {
  const turn = ++turns;
  const list = document.querySelector("[data-waits]");
  const kept = list && (await findKept(list, page));
  if (turn !== turns) return; // a newer copy was quicker
  latest = { page, kept, acts: acts.begun };
  apply(insert);
}

/* Lets the rows that wait come. */
export function insertAll() {
  if (latest) apply(true);
}

/* Brings what is on the page already up to date, where fetching all of it would take long; unless,
   when the pieces are there, `isNeeded` says that it is up to date. */
export async function freshen(ids, isNeeded) {
  const { begun } = acts;
  const region = document.querySelector("[data-pieces]");
  const shown = [...tasksIn(region)].filter(([id]) => ids.has(id));
  if (!shown.length) return;
  const pieces = await fetchPieces(region, shown.map(([id]) => id));
  if (!pieces || begun !== acts.begun || !isNeeded()) return;
  transform((options) => {
    for (const [id, old] of shown) {
      const now = pieces.get(id);
      if (now && now.dataset.status === old.dataset.status) morph(old, now, options);
    }
  });
}

function apply(insert) {
  held.clear();
  if (insert) for (const old of document.querySelectorAll(".is-fresh")) old.classList.remove("is-fresh");
  transform((options) => {
    for (const old of document.querySelectorAll("[data-swap]")) {
      const fresh = latest.page.querySelector(`[data-swap="${old.dataset.swap}"]`);
      if (!fresh || !old.isConnected) continue;
      if ("waits" in old.dataset) swapList(old, fresh, options, insert);
      else morph(old, fresh, options);
    }
  });
  document.dispatchEvent(new Event("swapped"));
}

/* The rows that the newer copy does not have, as they are now; null where that is not known. */
function findKept(list, page) {
  const there = tasksIn(page.querySelector("[data-waits]"));
  return fetchPieces(list, [...tasksIn(list).keys()].filter((id) => !there.has(id)));
}

function swapList(old, fresh, options, insert) {
  const [shown, there] = [tasksIn(old), tasksIn(fresh)];
  const isOnePage = !fresh.querySelector(".t-pager"); // else rows also come from the next page
  const isNew = (id) => !shown.has(id) && (isOnePage || insert || touched.has(id));
  const coming = [...there.keys()].filter(isNew);
  if (!shown.size || (insert && coming.length)) {
    withdraw();
    morph(old, fresh, options);
    const rows = tasksIn(old);
    for (const id of coming) options.changed(rows.get(id));
    return;
  }
  const { kept } = latest;
  for (const [id, row] of shown) {
    const now = there.get(id) ?? kept?.get(id);
    row.classList.toggle("is-gone", !now && kept !== null);
    if (now) morph(row, now, options);
    else if (kept) row.querySelector(".t-select").checked = false;
  }
  offer(coming.length, () => settle(old, coming));
}

/* The list as a load would show it now. */
function settle(list, coming) {
  apply(true);
  const rows = tasksIn(list);
  rows.get(coming.find((id) => rows.has(id)))?.querySelector("a").focus();
}

function hold(old, fresh, options) {
  if (!("hold" in old.dataset) || !isInUse(old)) return false;
  const cards = tasksIn(fresh);
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
  if (latest.acts === acts.begun) {
    apply(false);
  } else {
    held.clear();
    document.dispatchEvent(new Event("outdated"));
  }
}
for (const name of ["pointerover", "pointerout", "focusin"]) {
  // Not amid what moves the focus: an act of the reader's may just begin.
  document.addEventListener(name, () => held.size && setTimeout(release));
}

/* Changes the page: what is new flashes, and what is under the hand stays put. Where something above
   it has grown or shrunk, the page scrolls by as much. */
function transform(change) {
  const changed = new Set();
  const hand =
    document.querySelector("main :focus") ?? [...document.querySelectorAll("main :hover")].at(-1);
  const before = hand?.getBoundingClientRect().top;
  change({ changed: (element) => changed.add(flashing(element)), hold });
  const moved = hand?.isConnected ? hand.getBoundingClientRect().top - before : 0;
  if (moved) window.scrollBy({ top: moved, behavior: "instant" });
  flash(changed);
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
