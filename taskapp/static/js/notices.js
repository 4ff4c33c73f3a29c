/* A notice goes after eight seconds, but not from under the pointer or the focus. */
const SECONDS = 8;
const box = document.querySelector(".t-toasts");

function retire(notice) {
  setTimeout(() => {
    if (notice.matches(":hover, :focus-within")) retire(notice);
    else notice.remove();
  }, SECONDS * 1000);
}

/* Shows a notice of a script's own: `kind` is nothing, or `error`. */
export function say(text, kind) {
  const notice = document.createElement("div");
  const icon = document.createElement("i");
  const words = document.createElement("span");
  notice.className = kind ? `t-toast is-${kind}` : "t-toast";
  icon.className = `bi bi-${kind ? "exclamation-circle-fill" : "check-circle-fill"}`;
  icon.setAttribute("aria-hidden", "true");
  words.textContent = text;
  notice.append(icon, words);
  box.replaceChildren(notice);
  retire(notice);
}

/* Shows the notices of another copy of this page. */
export function announce(page) {
  const notices = [...page.querySelectorAll(".t-toast")].map((each) => document.adoptNode(each));
  box.replaceChildren(...notices);
  notices.forEach(retire);
}

if (box) {
  const notices = [...box.children];
  box.replaceChildren();
  // What is put into a live region is read aloud; what was there from the start is not.
  requestAnimationFrame(() => box.append(...notices));
  notices.forEach(retire);
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".t-toast").remove();
  });
}
