/* Quick add: a preview while one types; Enter adds, and the line is ready for the next. */
import { announce, say } from "./notices.js";
import { send } from "./send.js";
import { swapFrom } from "./swap.js";

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
  const body = new URLSearchParams(new FormData(form));
  const button = form.querySelector("button.btn-primary");
  button.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.ok) {
      line.value = "";
      preview.replaceChildren();
      asked += 1;
      swapFrom(page);
      announce(page);
    } else {
      const complaint = page.querySelector(".invalid-feedback span, main p");
      say(complaint?.textContent ?? "That did not work. Your text is still here.", "error");
    }
  } catch {
    say("Could not save. Your text is still here.", "error");
  }
  button.disabled = false;
  line.focus();
}

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
