/* Keeps this page as new as what has happened: looks at a newer copy of it, and takes it over. */
import { hide, show, tellSignedOut } from "./banner.js";
import { acts, parsePage } from "./send.js";
import { swapFrom, touched } from "./swap.js";

// Between two looks, and as long again as the last one took.
const REST_MILLISECONDS = 200;

// Numbers of events: up to which this page shows them, and up to which they have happened.
let shown = Number(document.body.dataset.event);
let heard = shown;
let isLooking = false;
let timer = 0;

/* Something has happened to a task. */
export function hear(number, task) {
  touched.add(String(task));
  heard = Math.max(heard, number);
  lookSoon(0);
}

/* Nobody knows what has happened, up to this number: the log was cut, or replaced. */
export function forget(number) {
  heard = number;
  shown = -1;
  lookSoon(0);
}

/* Takes a newer copy over, unless it is older than what is here. */
export async function take(page, options) {
  const number = Number(page.body.dataset.event);
  if (!page.body.dataset.event || number < shown) return;
  shown = number;
  await swapFrom(page, options);
}

/* Looks now; false when nobody is signed in any more. */
export async function look() {
  const before = acts.begun;
  let page;
  try {
    const response = await fetch(document.body.dataset.live, { headers: { "X-Fragment": "1" } });
    page = parsePage(await response.text());
    if (response.redirected && !page.body.dataset.event) {
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
  const isIdle = !isLooking && !acts.running && !timer && !document.hidden;
  if (heard > shown && isIdle) timer = setTimeout(lookAgain, milliseconds);
}

async function lookAgain() {
  timer = 0;
  if (heard <= shown || acts.running) return;
  isLooking = true;
  const since = performance.now();
  const isSignedIn = await look();
  isLooking = false;
  if (isSignedIn) lookSoon(REST_MILLISECONDS + performance.now() - since);
}

function tellGone(status) {
  const words = document.querySelector("[data-gone]")?.dataset.gone;
  const tasks = document.querySelector(".t-nav [data-place=tasks]").href;
  if (words && [403, 404].includes(status)) show("gone", "trash3", words, ["All tasks", tasks]);
  else hide("gone");
}

// The act's own answer is most likely a newer copy.
document.addEventListener("acted", () => lookSoon(REST_MILLISECONDS));
document.addEventListener("visibilitychange", () => lookSoon(0));
// The copy that this page is made of is older than an act of the reader's.
document.addEventListener("outdated", () => forget(heard));
