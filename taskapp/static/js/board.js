/* The board: cards move at once, and come back if the server refuses. */
import { draggable } from "./drag.js";
import { parse, send } from "./send.js";

const board = document.querySelector("[data-board]");
if (board) wake();

function wake() {
  refresh();
  document.addEventListener("swapped", refresh);
  const slot = document.createElement("li");
  slot.className = "t-slot";

  draggable(board, {
    handle: ".t-card",
    lift(card) {
      card.classList.add("is-ghost");
      slot.style.height = `${card.offsetHeight}px`;
      return Object.assign(card.cloneNode(true), { className: "t-card" });
    },
    over(card, element, y) {
      const column = element?.closest(".t-col");
      mark(column);
      if (!column || element === slot) return;
      const target = element.closest(".t-card");
      if (target === card) return slot.remove();
      if (target) {
        const { top, height } = target.getBoundingClientRect();
        if (y < top + height / 2) put(card, target, "before");
        else put(card, target, "after");
      } else if (!column.contains(slot)) {
        put(card, column.querySelector(".t-cards"), "append");
      }
    },
    drop(card) {
      if (slot.isConnected) move(card, () => slot.replaceWith(card));
    },
    end(card) {
      card.classList.remove("is-ghost");
      slot.remove();
      mark(null);
    },
  });

  /* Puts the slot there, unless that is where the card stands already. */
  function put(card, target, way) {
    const place = { before: target.previousElementSibling, after: target.nextElementSibling }[way];
    if (place === slot) return;
    if (place === card || (way === "append" && target.lastElementChild === card)) slot.remove();
    else target[way](slot);
  }

  function mark(column) {
    for (const other of board.children) other.classList.toggle("is-over", other === column);
  }
}

/* Lets `change` put the card elsewhere, tells the server, and takes it back if that fails. */
async function move(card, change) {
  const [list, next] = [card.parentElement, card.nextElementSibling];
  const focus = card.contains(document.activeElement) ? document.activeElement.tagName : "";
  change();
  refresh();
  const place = { status: card.closest(".t-col").dataset.column };
  const [above, below] = [card.previousElementSibling, card.nextElementSibling];
  if (below) place.before = below.dataset.task;
  if (above) place.after = above.dataset.task;
  restoreFocus(card, focus);
  const response = await send(card.dataset.move, place, board);
  if (response) {
    const fresh = parse(await response.text());
    const focused = card.contains(document.activeElement);
    card.replaceWith(fresh);
    if (focused) restoreFocus(fresh, focus);
    tell(fresh);
  } else if (list.isConnected) {
    list.insertBefore(card, next?.parentElement === list ? next : null);
    restoreFocus(card, focus);
  }
  refresh();
}

function restoreFocus(card, tag) {
  if (tag) card.querySelector(tag === "A" ? ".t-card-t" : "summary").focus();
}

/* The counts follow from where the cards stand, and from how many are not shown. */
function refresh() {
  for (const column of board.querySelectorAll(".t-col")) {
    const count = column.querySelector(".t-count");
    const cards = column.querySelector(".t-cards");
    const shown = cards.querySelectorAll(".t-card:not(.is-gone)").length;
    const hidden = Number((count.dataset.hidden ??= Number(count.textContent) - shown));
    count.textContent = shown + hidden;
  }
}

function tell(card) {
  const column = card.closest(".t-col");
  const place = [...card.parentElement.children].indexOf(card) + 1;
  const { name } = column.dataset;
  const text = `${name}, ${place} of ${card.parentElement.childElementCount}`;
  document.querySelector("[data-board-news]").textContent = text;
}

const steps = {
  up: (card) => card.previousElementSibling?.before(card),
  down: (card) => card.nextElementSibling?.after(card),
};

function moveTo(card, status) {
  const cards = board.querySelector(`[data-column=${status}] .t-cards`);
  return move(card, () => cards.prepend(card));
}

function moveBeside(card, way) {
  const neighbour = way === "up" ? card.previousElementSibling : card.nextElementSibling;
  if (neighbour) move(card, () => steps[way](card));
}

board?.addEventListener("submit", (event) => {
  const card = event.submitter.closest(".t-card");
  event.preventDefault();
  card.querySelector(".t-menu").open = false;
  card.querySelector("summary").focus();
  const { name, value } = event.submitter;
  if (name === "status") moveTo(card, value);
  else moveBeside(card, name === "before" ? "up" : "down");
});

/* A menu knows its neighbours only when it opens. */
board?.addEventListener(
  "toggle",
  (event) => {
    const card = event.target.closest(".t-card");
    if (!event.target.open || !card) return;
    card.querySelector("[name=before]").disabled = !card.previousElementSibling;
    card.querySelector("[name=after]").disabled = !card.nextElementSibling;
  },
  true,
);

/* Shift and an arrow move the card that has the focus. */
board?.addEventListener("keydown", (event) => {
  const card = event.target.closest(".t-card");
  if (!event.shiftKey || !card || !event.target.matches(".t-card-t, summary")) return;
  const columns = [...board.querySelectorAll(".t-col")];
  const here = columns.indexOf(card.closest(".t-col"));
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    moveBeside(card, event.key === "ArrowUp" ? "up" : "down");
  } else if (side && columns[here + side]) {
    moveTo(card, columns[here + side].dataset.column);
  } else return;
  event.preventDefault();
});
