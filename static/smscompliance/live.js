// Keeps a panel up to date while its page is open: asks for JSON { panel, status } every few
// seconds. Once the status itself has changed the whole page is asked for again, since its buttons
// depend on it.
const panel = document.querySelector("[data-live]");

async function refresh() {
  if (document.visibilityState === "visible") {
    const answer = await fetch(panel.dataset.live, { headers: { Accept: "application/json" } });
    if (answer.redirected) return; // logged out: the next visit tells
    if (!answer.ok) return again();
    const { panel: words, status } = await answer.json();
    if (status !== panel.dataset.status) {
      location.reload();
      return;
    }
    // What has not changed is left alone, so that focus and screen readers are not disturbed
    if (panel.innerHTML.trim() !== words.trim()) replace(words);
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
