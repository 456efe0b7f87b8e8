// Keeps a panel up to date while its page is open: asks for JSON { panel, more } every few seconds.
const panel = document.querySelector("[data-live]");

async function refresh() {
  if (document.visibilityState === "visible") {
    const answer = await fetch(panel.dataset.live, { headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.ok) return; // logged out, or gone: the next visit tells
    const { panel: words, more } = await answer.json();
    // What has not changed is left alone, so that focus and screen readers are not disturbed
    if (panel.innerHTML.trim() !== words.trim()) replace(words);
    if (!more) return;
  }
  again();
}

function replace(words) {
  const focused = panel.contains(document.activeElement) && document.activeElement.href;
  panel.innerHTML = words;
  if (focused) [...panel.querySelectorAll("a")].find((link) => link.href === focused)?.focus();
}

function again() {
  setTimeout(() => refresh().catch(again), 1000 * panel.dataset.every);
}

if (panel) again();
