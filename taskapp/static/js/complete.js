/* Completing, reopening and undoing, in place: the row changes at once, and comes back if the server
   refuses. */
import { announce } from "./notices.js";
import { take } from "./refresh.js";
import { submit } from "./send.js";

let last = null; // the check that was pressed last

async function complete(form, check) {
  if (check.ariaBusy === "true") return;
  const isDone = check.value === "done";
  last = check;
  // What the browser would send is read before the check means the opposite.
  const answer = submit(form, check);
  paint(check, isDone);
  check.ariaBusy = "true";
  const page = await answer;
  check.ariaBusy = null;
  if (!page) return paint(check, !isDone);
  await take(page);
  announce(page);
}

function paint(check, isDone) {
  check.closest(".t-row, .t-ag, .t-title").classList.toggle("is-done", isDone);
  check.setAttribute("aria-pressed", String(isDone));
  check.value = isDone ? "todo" : "done";
}

async function undo(form, button) {
  if (button.disabled) return;
  const hadFocus = button.matches(":focus");
  const answer = submit(form, button);
  button.disabled = true;
  const page = await answer;
  if (!page) {
    button.disabled = false;
    return;
  }
  await take(page, { insert: true });
  announce(page);
  if (hadFocus && last?.isConnected) last.focus();
}

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  const act = submitter?.matches(".t-check") ? complete : submitter?.matches("[data-undo]") && undo;
  if (!act) return;
  event.preventDefault();
  act(target, submitter);
});
