/* The line to the server: hears what happens, comes back when it is lost, and says how it stands. */
import { hide, show } from "./banner.js";
import { forget, hear, look } from "./refresh.js";
import { eventOf } from "./send.js";

const PATIENCE_MILLISECONDS = 10_000;
const LONGEST_WAIT_MILLISECONDS = 20_000;
const SESSION_ENDED = 1008;
const WORDS = { on: "Live", connecting: "Connecting", off: "Offline" };

const sign = document.querySelector(".t-live");
let last = Number(eventOf(document)); // the last event that was heard of
let attempts = 0;
let retry = 0;
let patience = 0;

function say(state) {
  sign.dataset.state = state;
  sign.firstElementChild.textContent = WORDS[state];
}

function connect() {
  retry = 0;
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/ws`);
  let number = last;
  socket.addEventListener("message", ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "ready") {
      number = message.last_id;
      begin(socket, number);
    } else if (message.type === "reset") {
      last = number;
      forget(number);
    } else {
      last = Math.max(last, message.id);
      hear(message.id, message.task_id);
    }
  });
  socket.addEventListener("close", ({ code }) => lose(code));
}

function begin(socket, number) {
  attempts = 0;
  clearTimeout(patience);
  patience = 0;
  say("on");
  hide("line");
  if (number !== last) socket.send(JSON.stringify({ type: "resume", after: last }));
}

async function lose(code) {
  if (!patience) {
    say("connecting");
    patience = setTimeout(giveUp, PATIENCE_MILLISECONDS);
  }
  if (code === SESSION_ENDED && !(await look())) {
    clearTimeout(patience);
    say("off");
    return;
  }
  const longest = Math.min(LONGEST_WAIT_MILLISECONDS, 1000 * 2 ** attempts);
  attempts += 1;
  // Not all at the same moment, when a server comes back.
  retry = setTimeout(connect, longest * (0.3 + 0.7 * Math.random()));
}

function giveUp() {
  say("off");
  const text = "The connection dropped. Changes by others will show when it is back.";
  show("line", "wifi-off", text, ["Reload", location.href]);
}

/* A reason to try at once. */
function hurry() {
  if (!retry || document.hidden) return;
  clearTimeout(retry);
  connect();
}

if (sign) {
  connect();
  window.addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
}
