/* Makes a piece of a page equal to a newer copy by the fewest changes: what stays the same stays the
   same node, with its focus, its open menu and what is typed in it.

   morph(old, fresh, { changed, hold }): changed(element) is told of whatever is not as it was;
   hold(old, fresh, options) may say that it deals with an element itself. */

// Classes that scripts set, which the server knows nothing of.
const OURS = ["is-current", "is-fresh", "is-ghost", "is-gone", "is-over", "is-selecting"];

export function morph(old, fresh, options) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    options.changed(old.parentElement);
  } else if (!isLeftAlone(old) && !options.hold(old, fresh, options)) {
    morphAttributes(old, fresh, options);
    morphChildren(old, fresh, options);
    if (old.matches(CLOSED)) old.reset();
  }
}

// A form that nobody sees, in which nobody writes: it holds what the page says.
const CLOSED = "details:not([open]) form";

/* A token stays good as long as the session; what somebody is writing is theirs, and what a script
   says, its own. */
function isLeftAlone(element) {
  return (
    element.matches("[name=csrf_token], [data-said], progress") ||
    (element.matches(`form:not(${CLOSED})`) && [...element.querySelectorAll(TYPED)].some(isTyped))
  );
}

const TYPED = "input:not([type=hidden], [type=checkbox]), textarea, select";

function isTyped(control) {
  if (control === document.activeElement) return true;
  if (!control.matches("select")) return control.value !== control.defaultValue;
  const chosen = [...control.options].find((option) => option.defaultSelected);
  return control.value !== (chosen ?? control.options[0])?.value;
}

function morphAttributes(old, fresh, { changed }) {
  const names = new Set([...old.getAttributeNames(), ...fresh.getAttributeNames()]);
  names.delete("open"); // of a menu
  for (const name of names) {
    const value = fresh.getAttribute(name);
    if (name === "class" ? morphClasses(old, fresh) : setAttribute(old, name, value)) changed(old);
  }
}

function setAttribute(old, name, value) {
  if (old.getAttribute(name) === value) return false;
  if (value === null) old.removeAttribute(name);
  else old.setAttribute(name, value);
  return !name.startsWith("data-");
}

function morphClasses(old, fresh) {
  const before = new Set(old.classList);
  const after = new Set([...fresh.classList, ...OURS.filter((name) => before.has(name))]);
  if (before.size === after.size && [...after].every((name) => before.has(name))) return false;
  old.setAttribute("class", [...after].join(" "));
  return true;
}

/* What tells an element from its neighbours. */
const keyOf = (node) => node.dataset?.task || node.dataset?.swap || node.id || "";

function morphChildren(old, fresh, options) {
  const wanted = new Set([...fresh.children].map(keyOf));
  for (const child of [...old.children]) if (keyOf(child) && !wanted.has(keyOf(child))) child.remove();
  const known = new Map([...old.children].map((child) => [keyOf(child), child]));
  const used = new Set();
  let place = old.firstChild;
  for (const next of fresh.childNodes) {
    const twin = keyOf(next) ? known.get(keyOf(next)) : findAlike(place, next);
    if (!twin) {
      const copy = document.importNode(next, true);
      old.insertBefore(copy, place);
      used.add(copy);
      if (copy.nodeType === Node.ELEMENT_NODE) options.changed(copy);
      continue;
    }
    used.add(twin);
    morph(twin, next, options);
    if (comesNext(twin, place)) place = twin.nextSibling;
    else old.insertBefore(twin, place);
  }
  for (const child of [...old.childNodes]) if (!used.has(child)) child.remove();
}

/* The next node that may become this one. Blanks between elements are not searched for. */
function findAlike(place, next) {
  for (let node = place; node; node = node.nextSibling) {
    if (node.nodeName === next.nodeName && !keyOf(node)) return node;
    if (next.nodeType !== Node.ELEMENT_NODE) return null;
  }
  return null;
}

/* Whether nothing that is known by a key stands before it. To move a node is to take its focus. */
function comesNext(node, place) {
  let next = place;
  while (next && next !== node && !keyOf(next)) next = next.nextSibling;
  return next === node;
}
