/* Sends what a form would send, and takes a part of a page back. */
import { say } from "./notices.js";

/* The answer, or null when it was refused or did not come; then the reader has been told, unless
   `silent`. */
export async function send(address, values, form, silent = false) {
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, ...values });
  try {
    const response = await fetch(address, {
      method: "POST",
      body,
      headers: { "X-Fragment": "1" },
      redirect: "error",
    });
    if (response.ok) return response;
    if (!silent) say(refusals[response.status] ?? "That did not work. Nothing was changed.", "error");
  } catch {
    if (!silent) say("The server cannot be reached. Nothing was changed.", "error");
  }
  return null;
}

const refusals = {
  403: "Only the owner of a task may do that.",
  404: "This task is not there any more.",
  409: "Somebody else changed this meanwhile. Reload to see it.",
};

/* The element that a fragment of HTML of ours describes. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}
