/* Dragging by mouse, pen or finger. A finger holds for a moment first, or it scrolls.

   draggable(root, { handle, lift, over, drop, end }):
   handle is a selector; lift(source) returns what follows the pointer; over(source, element) is
   told, once a frame at most, what lies under the pointer; drop(source) when it is let go there;
   end(source) in any case. Nothing is measured while the pointer moves but that one element. */
const THRESHOLD = 4;
const HOLD_MILLISECONDS = 250;
const EDGE = 56;
const SPEED = 14;

export function draggable(root, { handle, lift, over, drop, end }) {
  let drag = null;

  function start() {
    const { source, x, y } = drag;
    const box = source.getBoundingClientRect();
    const ghost = lift(source);
    ghost.classList.add("t-drag");
    ghost.style.width = `${box.width}px`;
    document.body.append(ghost);
    document.documentElement.classList.add("is-dragging");
    Object.assign(drag, { ghost, dx: box.left - x, dy: box.top - y, on: true });
    frame();
  }

  function frame() {
    if (!drag?.on) return;
    const { ghost, x, y, dx, dy, source } = drag;
    ghost.style.translate = `${x + dx}px ${y + dy}px`;
    scroll(x, y);
    over(source, document.elementFromPoint(x, y), y);
    drag.frame = requestAnimationFrame(frame);
  }

  function scroll(x, y) {
    const rise = y < EDGE ? y - EDGE : Math.max(0, y - (innerHeight - EDGE));
    const run = x < EDGE ? x - EDGE : Math.max(0, x - (innerWidth - EDGE));
    if (rise) window.scrollBy(0, (rise / EDGE) * SPEED);
    if (run) root.scrollBy((run / EDGE) * SPEED, 0);
  }

  function stop(dropped) {
    if (!drag) return;
    const { source, ghost, on, timer, frame: request } = drag;
    drag = null;
    clearTimeout(timer);
    if (!on) return;
    cancelAnimationFrame(request);
    ghost.remove();
    document.documentElement.classList.remove("is-dragging");
    // The pointer is let go over a link, which must not open.
    const swallow = (event) => event.preventDefault() || event.stopPropagation();
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
    if (dropped) drop(source);
    end(source);
  }

  root.addEventListener("pointerdown", (event) => {
    const source = event.target.closest(handle);
    if (!source || event.button !== 0 || event.target.closest("button, summary, input, .t-menu-p"))
      return;
    drag = { source, id: event.pointerId, x: event.clientX, y: event.clientY };
    drag.from = [event.clientX, event.clientY];
    if (event.pointerType === "touch") drag.timer = setTimeout(start, HOLD_MILLISECONDS);
    else drag.free = true;
  });

  window.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    drag.x = event.clientX;
    drag.y = event.clientY;
    if (drag.on) return;
    const far = Math.hypot(drag.x - drag.from[0], drag.y - drag.from[1]) >= THRESHOLD;
    if (far && drag.free) start();
    else if (far) stop(false);
  });

  window.addEventListener("pointerup", (event) => {
    if (event.pointerId === drag?.id) stop(true);
  });
  window.addEventListener("pointercancel", () => stop(false));
  window.addEventListener("blur", () => stop(false));
  document.addEventListener("touchmove", (event) => drag?.on && event.preventDefault(), {
    passive: false,
  });
  document.addEventListener("contextmenu", (event) => drag?.timer && event.preventDefault());
  document.addEventListener("keydown", (event) => event.key === "Escape" && stop(false));
  root.addEventListener("dragstart", (event) => event.preventDefault());
}
