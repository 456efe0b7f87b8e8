// Sends the chosen list in parts while the rest of the form is filled in. Whatever breaks off, be it
// the line or the tab, goes on where it stopped once the same file is chosen again.
import { Sha256 } from "./sha256.js";

const BEGINNING = 1024 * 1024; // by which the server knows a file again
const LONGEST_PAUSE = 30; // seconds between tries while the line is down

const form = document.querySelector("form[data-upload]");
const field = form.elements.namedItem("file");
const ticket = form.elements.namedItem("upload");
const box = form.querySelector(".upload");
const words = box.querySelector("[role=status]");
const bar = box.querySelector("progress");
const pause = box.querySelector("button");
const submit = form.querySelector("input[type=submit]");

let current = null; // the upload under way
let wanted = false; // the form is to go as soon as the file is there

class Refused extends Error {}

class Upload {
  constructor(file) {
    this.file = file;
    this.cut = new AbortController();
    this.sha = new Sha256();
    this.hashed = 0;
    this.resumed = Promise.resolve();
  }

  async run() {
    const first = new Sha256().add(await this.bytes(0, BEGINNING)).hex();
    const about = { name: this.file.name, size: this.file.size, beginning: first };
    const begun = await this.ask(form.dataset.upload, json(about));
    let { offset } = begun;
    if (offset) say(`Going on where it stopped: ${megabytes(offset)} MB are here already.`);
    do {
      offset = await this.send(begun, offset);
      await this.hashUpTo(this.file.size, begun.part);
      say("Checking what arrived …");
      const sha256 = new URLSearchParams({ sha256: this.sha.hex() });
      ({ offset } = await this.ask(begun.check_url, { method: "POST", body: sha256 }));
    } while (offset < this.file.size); // the server lost some of it meanwhile
    return begun.id;
  }

  async send({ parts_url, part }, offset) {
    while (offset < this.file.size) {
      await this.resumed;
      const end = Math.min(offset + part, this.file.size);
      const what = {
        method: "PATCH",
        headers: { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" },
        body: this.file.slice(offset, end),
      };
      // The digest is taken while the part is on its way
      const [got] = await Promise.all([this.ask(parts_url, what), this.hashUpTo(end, part)]);
      offset = got.offset;
      this.tell(offset);
    }
    return offset;
  }

  // Asks until there is an answer: a lost line is waited for, a refusal is not
  async ask(address, what) {
    for (let wait = 1; ; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      try {
        const answer = await fetch(address, { ...what, headers: { ...what.headers, ...passes() }, signal: this.cut.signal });
        if (answer.redirected || answer.status === 403) throw new Refused(loggedOut);
        if (answer.ok || answer.status === 409) return await answer.json();
        if (answer.status < 500 || answer.status === 507) throw new Refused(await reason(answer));
      } catch (fault) {
        if (fault instanceof Refused || this.cut.signal.aborted) throw fault;
        await this.bytes(0, 1); // a file that changed on the disk cannot be read any more
      }
      say(`The line is down. Trying again in ${wait} s; nothing is lost.`);
      await new Promise((again) => setTimeout(again, 1000 * wait));
    }
  }

  async hashUpTo(end, part) {
    while (this.hashed < end) {
      const upTo = Math.min(this.hashed + part, end);
      this.sha.add(await this.bytes(this.hashed, upTo));
      this.hashed = upTo;
    }
  }

  async bytes(from, to) {
    try {
      return new Uint8Array(await this.file.slice(from, to).arrayBuffer());
    } catch {
      throw new Refused("The file changed or went while it was sent: choose it again.");
    }
  }

  tell(offset) {
    bar.value = offset / this.file.size;
    if (this.paused) return;
    say(`${megabytes(offset)} of ${sized(this.file.size)} sent.`);
  }

  turn() {
    this.paused = !this.paused;
    if (this.paused) {
      this.resumed = new Promise((resume) => (this.resume = resume));
      say("Paused. The tab may be closed: choose the same file again to go on.");
    } else {
      this.resume();
      say("Going on …");
    }
    pause.textContent = this.paused ? "Resume" : "Pause";
  }
}

const loggedOut =
  "You were logged out. Log in, load this page again and choose the same file: it goes on where it stopped.";

async function reason(answer) {
  const told = await answer.json().catch(() => ({}));
  return told.fault ?? `The server refused it (${answer.status}). Load the page again and choose the file.`;
}

function json(value) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

function passes() {
  return { "X-CSRFToken": form.elements.namedItem("csrfmiddlewaretoken").value, Accept: "application/json" };
}

function megabytes(bytes) {
  const digits = bytes < 1e8 ? 1 : 0;
  return (bytes / 1e6).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function sized(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${megabytes(bytes)} MB`;
}

function say(sentence, tone = "") {
  words.textContent = sentence;
  box.dataset.tone = tone;
}

async function begin(file) {
  current?.cut.abort();
  ticket.value = "";
  const upload = (current = new Upload(file));
  box.hidden = false;
  pause.hidden = false;
  for (const note of form.querySelectorAll(".unfinished")) note.hidden = true;
  pause.textContent = "Pause";
  bar.value = 0;
  say("Looking at the file …");
  try {
    const id = await upload.run();
    if (upload !== current) return;
    ticket.value = id;
    bar.value = 1;
    say(`All of ${file.name} is here, ${sized(file.size)}, and its SHA-256 fits.`, "good");
    if (wanted) form.submit();
  } catch (fault) {
    if (upload !== current) return;
    wait(false);
    if (!(fault instanceof Refused)) console.error(fault);
    field.value = ""; // else choosing the same file again would go unnoticed
    say(fault instanceof Refused ? fault.message : "This browser cannot send the file.", "bad");
  }
  pause.hidden = true;
}

function wait(whether) {
  wanted = whether;
  submit.disabled = whether;
}

field.addEventListener("change", () => {
  if (field.files.length) begin(field.files[0]);
});
pause.addEventListener("click", () => current.turn());
form.addEventListener("submit", (event) => {
  if (ticket.value || !field.files.length) return; // sent already, or for the server to complain of
  event.preventDefault();
  wait(true);
  if (current.paused) current.turn();
});
// What came in parts does not come once more
form.addEventListener("formdata", (event) => {
  if (ticket.value) event.formData.delete("file");
});
window.addEventListener("pageshow", () => wait(false));
if (ticket.value) {
  box.hidden = false;
  pause.hidden = true;
  bar.value = 1;
  say("The file that you chose is here; it need not be chosen again.", "good");
}
// Browsers keep a choice over a reload, and the upload goes on with it
else if (field.files.length) begin(field.files[0]);
