/* Single-key shortcuts. They rest while something is typed, and can be turned off (WCAG 2.1.4). */
import { clearSelection } from "./bulk.js";

const CHORD_MILLISECONDS = 1200;
let chordStarted = 0;

const rows = () => [...document.querySelectorAll(".t-list .t-row")];
const current = () => document.querySelector(".t-row.is-current");

function move(step) {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(current()) + step))];
  if (!next) return;
  current()?.classList.remove("is-current");
  next.classList.add("is-current");
  next.querySelector(".t-row-t").focus();
  next.scrollIntoView({ block: "nearest" });
}

function startTask() {
  const line = document.getElementById("quick");
  if (line) line.focus();
  else document.querySelector("[data-key=n]").click();
}

function search() {
  const field = document.getElementById("search");
  field.focus();
  field.select();
}

const keys = {
  n: startTask,
  j: () => move(1),
  k: () => move(-1),
  e: () => (current() ?? document.querySelector(".t-title"))?.querySelector(".t-check").click(),
  x: () => current()?.querySelector(".t-select").click(),
  z: () => document.querySelector("[data-undo]")?.click(),
  g: () => (chordStarted = Date.now()),
  "/": search,
  "?": () => window.bootstrap.Modal.getOrCreateInstance("#keys").show(),
};

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select");
}

document.addEventListener("keydown", (event) => {
  if (!document.getElementById("keys") || document.querySelector(".modal.show")) return;
  if (event.key === "Escape" && !document.querySelector(".t-menu[open]")) clearSelection();
  if (document.documentElement.dataset.shortcuts === "off") return;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const isChord = Date.now() - chordStarted < CHORD_MILLISECONDS;
  chordStarted = 0;
  const place = isChord && document.querySelector(`.t-nav [data-go="${CSS.escape(event.key)}"]`);
  if (place) {
    place.click();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".t-list .t-row");
  if (!row || row === current()) return;
  current()?.classList.remove("is-current");
  row.classList.add("is-current");
});
