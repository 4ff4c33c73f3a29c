/* What the reader should know for longer than a notice lasts. It stands at the foot of the page, so
   that nothing moves when it comes. */
const box = document.querySelector(".t-banners");

/* `link` is a label and an address; the same `name` again replaces what it said. */
export function show(name, icon, text, link) {
  hide(name);
  const banner = document.createElement("div");
  const picture = document.createElement("i");
  const words = document.createElement("span");
  banner.className = "t-banner h-amber";
  banner.dataset.banner = name;
  picture.className = `bi bi-${icon}`;
  picture.setAttribute("aria-hidden", "true");
  words.textContent = text;
  banner.append(picture, words);
  if (link) {
    const anchor = document.createElement("a");
    anchor.className = "btn btn-secondary";
    [anchor.textContent, anchor.href] = link;
    banner.append(anchor);
  }
  box?.append(banner);
}

export function hide(name) {
  box?.querySelector(`[data-banner="${name}"]`)?.remove();
}

export function tellSignedOut() {
  hide("line");
  const text = "Your session has ended, so nothing more is saved or shown here.";
  show("session", "box-arrow-in-right", text, ["Sign in", document.querySelector("main").dataset.login]);
}
