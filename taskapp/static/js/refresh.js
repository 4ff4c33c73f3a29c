/* Keeps this page as new as what has happened: looks at a newer copy of it, and takes it over. */
import { hide, show, tellSignedOut } from "./banner.js";
import { acts, eventOf, parsePage } from "./send.js";
import { freshen, insertAll, swapFrom, touched } from "./swap.js";

// Between two looks, and twice as long as the last one took.
const REST_MILLISECONDS = 200;

// A page of more tasks takes long to fetch: single ones are fetched first.
const LARGE = 100;
const LARGE_REST_MILLISECONDS = 500;

// A page that is being left needs no look; a download only seems to leave it.
const LEAVING_MILLISECONDS = 5000;

// Numbers of events: up to which this page shows them, and up to which they have happened.
let shown = Number(eventOf(document));
let heard = shown;
let isLooking = false;
let isLeaving = false;
let timer = 0;
let freshening = 0;
const news = new Set();

/* Something has happened to a task. */
export function hear(number, task) {
  touched.add(String(task));
  heard = Math.max(heard, number);
  if (document.querySelectorAll("[data-task]").length > LARGE) {
    news.add(String(task));
    freshening ||= setTimeout(freshenNow, 20);
    lookSoon(LARGE_REST_MILLISECONDS);
  } else {
    lookSoon(0);
  }
}

function freshenNow() {
  freshening = 0;
  const number = heard;
  if (number > shown) freshen(new Set(news), () => number > shown);
  news.clear();
}

/* Nobody knows what has happened, up to this number: the log was cut, or replaced. */
export function forget(number) {
  heard = number;
  shown = -1;
  lookSoon(0);
}

/* Takes a newer copy over, unless it is older than what is here. */
export async function take(page, options) {
  const number = Number(eventOf(page));
  if (!(number >= shown)) {
    // What the reader did is in the newer copy that is here already, and may wait there as news.
    if (options?.insert) insertAll();
    return;
  }
  shown = number;
  await swapFrom(page, options);
}

/* Looks now; false when nobody is signed in any more. */
export async function look() {
  const before = acts.begun;
  let page;
  try {
    const { live } = document.querySelector("main").dataset;
    const response = await fetch(live, { headers: { "X-Fragment": "1" } });
    page = parsePage(await response.text());
    if (response.redirected && eventOf(page) === undefined) {
      tellSignedOut();
      return false;
    }
    tellGone(response.status);
    if (!response.ok) return true;
  } catch {
    return true; // the line is lost as well, and will say so
  }
  if (before === acts.begun) await take(page);
  return true;
}

function lookSoon(milliseconds) {
  const isIdle = !isLooking && !isLeaving && !acts.running && !timer && !document.hidden;
  if (heard > shown && isIdle) timer = setTimeout(lookAgain, milliseconds);
}

async function lookAgain() {
  timer = 0;
  if (heard <= shown || acts.running || isLeaving) return;
  isLooking = true;
  const since = performance.now();
  const isSignedIn = await look();
  isLooking = false;
  if (isSignedIn) lookSoon(REST_MILLISECONDS + 2 * (performance.now() - since));
}

function tellGone(status) {
  const words = document.querySelector("[data-gone]")?.dataset.gone;
  const tasks = document.querySelector(".t-nav [data-place=tasks]").href;
  if (words && [403, 404].includes(status)) show("gone", "trash3", words, ["All tasks", tasks]);
  else hide("gone");
}

window.addEventListener("beforeunload", () => {
  isLeaving = true;
  setTimeout(() => {
    isLeaving = false;
    lookSoon(0);
  }, LEAVING_MILLISECONDS);
});
// The act's own answer is most likely a newer copy.
document.addEventListener("acted", () => lookSoon(REST_MILLISECONDS));
document.addEventListener("visibilitychange", () => lookSoon(0));
// The copy that this page is made of is older than an act of the reader's.
document.addEventListener("outdated", () => forget(heard));
