/* The line above a list behind which new rows wait, so that nothing moves before one wants it to. */
const list = document.querySelector("[data-waits]");
const line = document.createElement("div");
line.className = "t-waiting";
line.setAttribute("aria-live", "polite");
list?.before(line);

/* Says how many wait; pressed, `show` is called. */
export function offer(number, show) {
  if (!number) return withdraw();
  const text = number === 1 ? "1 new task" : `${number} new tasks`;
  if (line.textContent !== text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-primary";
    button.textContent = text;
    line.replaceChildren(button);
  }
  line.firstChild.onclick = show;
}

export function withdraw() {
  line.replaceChildren();
}
