/* The calendar: a task is dragged to another day; the server draws it there. */
import { draggable } from "./drag.js";
import { send } from "./send.js";

const table = document.querySelector("[data-calendar]");
let target = null;

function mark(day) {
  target?.classList.remove("is-over");
  target = day;
  target?.classList.add("is-over");
}

if (table) {
  draggable(table, {
    handle: ".t-evt[data-move]",
    lift(task) {
      task.classList.add("is-ghost");
      const ghost = task.cloneNode(true);
      ghost.classList.remove("is-ghost");
      return ghost;
    },
    over(task, element) {
      mark(element?.closest("[data-day]"));
    },
    drop(task) {
      if (target && target !== task.closest("[data-day]")) move(task, target.dataset.day);
    },
    end(task) {
      task.classList.remove("is-ghost");
      mark(null);
    },
  });
}

async function move(task, day) {
  const form = task.parentElement.querySelector("form");
  if (await send(task.dataset.move, { due_date: day }, form)) location.reload();
}
