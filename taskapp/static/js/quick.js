/* Quick add: a preview while one types; Enter adds, and the line is ready for the next. */
import { announce } from "./notices.js";
import { take } from "./refresh.js";
import { send, submit } from "./send.js";

const PAUSE_MILLISECONDS = 250;
const form = document.querySelector("[data-quick]");
const line = form?.elements.title;
const preview = form?.querySelector(".t-quick-p");
let pause = 0;
let asked = 0;

async function look() {
  const number = ++asked;
  const text = line.value;
  const response = text.trim() && (await send(form.dataset.preview, { title: text }, form, true));
  const html = response ? await response.text() : "";
  if (number === asked) preview.innerHTML = html.trim();
}

/* Puts a part of the line into quotation marks, where nothing is understood. */
function quote(spans) {
  const letters = [...line.value];
  const parts = spans.split(",").map((span) => span.split("-").map(Number));
  for (const [start, end] of parts.reverse()) {
    letters.splice(end, 0, '"');
    letters.splice(start, 0, '"');
  }
  line.value = letters.join("");
  line.focus();
  look();
}

async function add() {
  const button = form.querySelector("button.btn-primary");
  const answer = submit(form, null, complaintOf);
  button.disabled = true;
  const page = await answer;
  if (page) {
    line.value = "";
    preview.replaceChildren();
    asked += 1;
    await take(page, { insert: true });
    announce(page);
  }
  button.disabled = false;
  line.focus();
}

const complaintOf = (page) =>
  page.querySelector(".invalid-feedback span, main p")?.textContent ??
  "That did not work. Your text is still here.";

if (form) {
  line.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(look, PAUSE_MILLISECONDS);
  });
  preview.addEventListener("click", (event) => {
    const button = event.target.closest("[data-quote]");
    if (button) quote(button.dataset.quote);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pause);
    if (line.value.trim()) add();
  });
}
