// Keys of the inbox: each element with data-key is followed, or opened, when its key is pressed
// outside of a field. All of it works without, by mouse and by Tab.
const REMEMBERED = "inbox-keys";
const toggle = document.querySelector(".keys-switch");
let on = localStorage.getItem(REMEMBERED) !== "off";

function show() {
  toggle?.setAttribute("aria-pressed", String(on));
  document.body.classList.toggle("keys-off", !on);
}

function isTyping(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

function follow(element) {
  if (element.tagName !== "SUMMARY") return element.click();
  const panel = element.parentElement;
  panel.open = true;
  panel.querySelector("select, textarea, input[type=text]")?.focus();
}

document.addEventListener("keydown", (event) => {
  const panel = event.target.closest("details[open]");
  if (event.key === "Escape" && panel) {
    panel.open = false;
    panel.querySelector("summary").focus();
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.closest(".inbox-panel form")?.requestSubmit();
    return;
  }
  if (!on || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const name = CSS.escape(event.key);
  const found = document.querySelector(`[data-key="${name}"], [data-arrow="${name}"]`);
  if (!found) return;
  event.preventDefault();
  follow(found);
});

document.querySelector("#saved-answer")?.addEventListener("change", (event) => {
  const words = event.target.selectedOptions[0].dataset.words;
  if (words) document.querySelector("#answer-text").value = words;
});

toggle?.addEventListener("click", () => {
  on = !on;
  localStorage.setItem(REMEMBERED, on ? "on" : "off");
  show();
});

if (toggle) toggle.hidden = false;
document.querySelector(".inbox-queue .chosen")?.scrollIntoView({ block: "nearest" });
show();
