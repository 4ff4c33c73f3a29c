/* Sends what a form would send, and takes a page or a part of one back. */
import { tellSignedOut } from "./banner.js";
import { say } from "./notices.js";

const UNREACHABLE = "The server cannot be reached. Try again when it is back.";

/* One's own acts: how many are on their way, and how many there have been. A copy of the page from
   before one of them may not show what it did. */
export const acts = { running: 0, begun: 0 };

/* The answer, or null when it was refused or did not come; then the reader has been told, unless
   `silent`. */
export async function send(address, values, form, silent = false) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, ...values });
  const headers = { "X-Fragment": "1" };
  const response = await post(address, { body, headers, redirect: "manual" }, silent);
  if (response?.ok) return response;
  if (response && !silent) refuse(response);
  return null;
}

/* Submits a form as the browser would: the page that comes back, or null as `send`.

   A form that was refused comes back as a page as well, where the caller knows a `complaint`: a
   function of the page that finds the words in it. */
export async function submit(form, submitter, complaint) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action");
  // It goes on when the reader goes elsewhere; browsers allow that for so many bytes.
  const keepalive = body.toString().length < 60_000;
  const response = await post(address, { body, keepalive }, false);
  if (!response) return null;
  const html = await response.text().catch(() => null);
  if (html === null) {
    say(UNREACHABLE, "error");
    return null;
  }
  const page = parsePage(html);
  if (response.ok && eventOf(page)) return page;
  if (response.ok) tellSignedOut();
  else refuse(response, complaint?.(page));
  return null;
}

async function post(address, options, silent) {
  if (silent) return fetch(address, { method: "POST", ...options }).catch(() => null);
  acts.running += 1;
  acts.begun += 1;
  try {
    return await fetch(address, { method: "POST", ...options });
  } catch {
    say(UNREACHABLE, "error");
    return null;
  } finally {
    acts.running -= 1;
    document.dispatchEvent(new Event("acted"));
  }
}

function refuse(response, words) {
  if (response.type === "opaqueredirect") tellSignedOut();
  else say(words || refusals[response.status] || "That did not work. Nothing was changed.", "error");
}

const refusals = {
  403: "Only the owner of a task may do that.",
  404: "This task is not there any more.",
  409: "Somebody else changed this meanwhile. Reload to see it.",
};

/* The text at an address, or null where there is none. */
export async function read(address) {
  try {
    const response = await fetch(address, { headers: { "X-Fragment": "1" } });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

/* What the HTML of a page of ours describes. A DOMParser would take ten times as long over a form
   that holds thousands of buttons, such as a full board. */
export function parsePage(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* The element that a fragment of HTML of ours describes. */
export const parse = (html) => parsePage(html.trim()).firstElementChild;

/* The number of the last event that a page may show; undefined where nobody is signed in. */
export const eventOf = (page) => page.querySelector("main")?.dataset.event;
