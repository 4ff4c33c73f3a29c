/* Files are sent as soon as they are dropped or chosen, one after another, with progress. */
import { take } from "./refresh.js";

const form = () => document.querySelector("[data-drop]");
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

function say(text, wrong = false) {
  const line = form().querySelector("[data-said]");
  line.textContent = text;
  line.classList.toggle("t-danger", wrong);
}

function refusal(file, max) {
  if (file.size > max) return `${file.name} is larger than 10 MiB.`;
  return file.size ? "" : `${file.name} is empty.`;
}

/* fetch() tells nothing of progress. */
function send(body) {
  const bar = form().querySelector("progress");
  bar.hidden = false;
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form().action);
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
    request.addEventListener("loadend", () => {
      bar.hidden = true;
      resolve(request);
    });
    request.send(body);
  });
}

async function upload(files) {
  const done = [];
  const refused = [];
  for (const file of files) {
    const reason = refusal(file, Number(form().dataset.max));
    if (reason) {
      refused.push(reason);
      continue;
    }
    say(`Sending ${file.name}`);
    const body = new FormData();
    body.set("csrf_token", form().elements.csrf_token.value);
    body.set("file", file);
    const answer = await send(body);
    const page = answer.status === 200 && answer.response?.getElementById("files");
    if (page) {
      done.push(file.name);
      await take(answer.response);
    } else {
      const told = answer.response?.getElementById("file-error")?.textContent.trim();
      refused.push(told ? `${file.name}: ${told}` : `Could not send ${file.name}. Try again.`);
    }
  }
  const sent = done.length ? `Attached ${done.join(", ")}.` : "";
  say([sent, ...refused].filter(Boolean).join(" "), refused.length > 0);
  document.getElementById("file").value = "";
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-drop] [type=file]")) upload([...event.target.files]);
});

document.addEventListener("dragover", (event) => {
  if (!form() || !hasFiles(event)) return;
  event.preventDefault();
  form().classList.add("is-over");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form()?.classList.remove("is-over");
});

document.addEventListener("drop", (event) => {
  if (!form() || !hasFiles(event)) return;
  event.preventDefault();
  form().classList.remove("is-over");
  upload([...event.dataTransfer.files]);
});

const input = document.querySelector("[data-drop] [type=file]");
if (input) input.multiple = true;
