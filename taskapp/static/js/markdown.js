/* Shows what becomes of a description, as the server renders it. */
import { send } from "./send.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-preview]");
  if (!button) return;
  const box = button.closest(".t-markdown");
  const [text, shown] = [box.querySelector("textarea"), box.querySelector("[data-preview-text]")];
  const isShowing = button.getAttribute("aria-pressed") === "true";
  if (!isShowing) {
    const response = await send(button.dataset.preview, { text: text.value }, button.form);
    if (!response) return;
    shown.innerHTML = await response.text();
  }
  button.setAttribute("aria-pressed", String(!isShowing));
  text.hidden = !isShowing;
  shown.hidden = isShowing;
  (isShowing ? text : shown).focus();
});
