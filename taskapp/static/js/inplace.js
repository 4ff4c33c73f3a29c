/* A part of a task is changed where it stands: its form is sent, and what changed is swapped in. */
import { announce, say } from "./notices.js";
import { take } from "./refresh.js";
import { parsePage } from "./send.js";

const LOST = "The server cannot be reached. Your text is still here.";

async function save(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const response = await fetch(form.action, { method: "POST", body });
  const page = parsePage(await response.text());
  if (response.ok && page.querySelector("[data-writes]")) return settle(form, page);
  if (response.ok) return say("You are signed out. Your text is still here.", "error");
  if (response.status === 422) {
    const complaint = page.querySelector(".invalid-feedback span, main p");
    return say(complaint?.textContent ?? "That could not be saved. Your text is still here.", "error");
  }
  // The server has more to say than fits here, such as what somebody else has saved meanwhile.
  delete form.dataset.inplace;
  form.requestSubmit(submitter);
}

async function settle(form, page) {
  const editor = form.closest("[data-writes]");
  const known = ["version", "event"].map((name) => [
    name,
    page.querySelector(`[data-inplace] [name=${name}]`)?.value ?? form.elements[name].value,
  ]);
  // News of the change may have been quicker than its answer, and the reader gone elsewhere.
  const isHere = editor.contains(document.activeElement) || document.activeElement === document.body;
  editor.open = false;
  await take(page);
  announce(page);
  // What is still being written elsewhere on this page is meant for the version just saved.
  for (const [name, value] of known) {
    for (const field of document.querySelectorAll(`[data-inplace] [name=${name}]`)) field.value = value;
  }
  if (isHere) document.querySelector(`[data-writes=${editor.dataset.writes}] > summary`)?.focus();
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("[data-inplace]")) return;
  event.preventDefault();
  save(event.target, event.submitter).catch(() => say(LOST, "error"));
});

function close(editor) {
  editor.open = false;
  editor.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (!button) return;
  button.form.reset();
  close(button.closest(".t-write"));
});

document.addEventListener("keydown", (event) => {
  const editor = event.target.closest(".t-write[open]");
  if (editor && event.key === "Escape") close(editor);
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.open || !target.matches("[data-writes]")) return;
    const field = target.querySelector("input:not([type=hidden]), select, textarea");
    field?.focus();
    // One goes on where the text ends.
    if (target.matches(".t-write")) field.setSelectionRange(field.value.length, field.value.length);
  },
  true,
);
