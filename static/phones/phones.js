// Keeps the phones up to date: asks once a second what changed, while somebody looks.

const page = document.body;
const phones = document.querySelector("#phones");
const news = document.querySelector("#news");
const EVERY = 1000;
let known = Number(page.dataset.n);
let asking = false;

document.documentElement.classList.add("scripted");

// ---- what was read, remembered over reloads, by phone id ----

const seen = JSON.parse(sessionStorage.getItem("phones.seen") ?? "{}");

function latestText(within, which = "li.got") {
  return Math.max(0, ...[...within.querySelectorAll(which)].map((one) => Number(one.dataset.n)));
}

function markUnread(phone) {
  const arrived = latestText(phone, "li.got:not(.lost)");
  phone.querySelector(".unread").hidden = arrived <= (seen[phone.dataset.id] ?? 0);
}

function countUnread() {
  const count = phones.querySelectorAll(".unread:not([hidden])").length;
  document.title = count ? `(${count}) Phones` : "Phones";
}

function markRead(phone) {
  seen[phone.dataset.id] = latestText(phone);
  sessionStorage.setItem("phones.seen", JSON.stringify(seen));
  markUnread(phone);
  countUnread();
}

// ---- putting changes on the screens ----

function toEnd(within) {
  for (const bubbles of within.querySelectorAll(".bubbles")) bubbles.scrollTop = bubbles.scrollHeight;
}

function built(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.querySelector(".phone");
}

function updateTalk(old, fresh, before) {
  const list = old.querySelector(".bubbles ol");
  for (const bubble of fresh.querySelectorAll("li[data-n]")) {
    if (Number(bubble.dataset.n) > before) bubble.classList.add("just");
  }
  list.replaceWith(fresh.querySelector(".bubbles ol"));
  const previous = fresh.querySelector("[name=previous]").value;
  for (const field of old.querySelectorAll("[name=previous]")) field.value = previous;
}

// A reply being typed must outlive a new text, so only the bubbles change in a known conversation.
function updatePhone(phone, fresh) {
  const before = Number(phone.dataset.last);
  const screen = phone.querySelector(".screen");
  const busy = screen.contains(document.activeElement);
  const talks = new Map([...screen.querySelectorAll(".talk")].map((talk) => [talk.dataset.with, talk]));
  for (const [place, talk] of [...fresh.querySelectorAll(".talk")].entries()) {
    const old = talks.get(talk.dataset.with);
    const newer = latestText(talk) > before;
    if (old) {
      updateTalk(old, talk, before);
      if (!busy && screen.children[place] !== old) screen.insertBefore(old, screen.children[place] ?? null);
    } else {
      screen.querySelector(".quiet")?.remove();
      talk.open = false;
      screen.insertBefore(talk, busy ? null : (screen.children[place] ?? null));
    }
    // Opening one conversation closes the others: never under the hands of who is typing.
    if (screen.children.length === 1 || (newer && !busy)) (old ?? talk).open = true;
  }
  const answer = phone.querySelector(".carrier select");
  if (answer !== document.activeElement) answer.value = fresh.querySelector(".carrier select").value;
  phone.dataset.last = fresh.dataset.last;
  phone.dataset.newest = fresh.dataset.newest;
}

// The phone in use stays where it is: moving it would take the focus away from who is typing.
function arrange(order) {
  const used = document.activeElement.closest(".phone");
  const wanted = order.map((id) => document.querySelector(`#phone-${id}`)).filter((phone) => phone && phone !== used);
  if (used) wanted.splice([...phones.children].indexOf(used), 0, used);
  for (const phone of [...phones.children]) if (!wanted.includes(phone)) phone.remove();
  wanted.forEach((phone, place) => {
    while (phone === used && phones.children[place] !== used) phones.append(phones.children[place]);
    if (phones.children[place] !== phone) phones.insertBefore(phone, phones.children[place]);
  });
}

function tell(arrived) {
  if (!arrived.length) return;
  news.textContent =
    arrived.length > 3
      ? `New texts on ${arrived.length} phones.`
      : arrived.map((phone) => `New text from ${phone.dataset.newest} on ${phone.querySelector("h2").textContent}.`).join(" ");
}

function show(feed) {
  const arrived = [];
  for (const change of feed.changed) {
    const fresh = built(change.html);
    let phone = document.querySelector(`#phone-${change.id}`);
    const before = phone ? latestText(phone) : 0;
    if (phone) updatePhone(phone, fresh);
    else {
      phone = fresh;
      phones.append(phone);
    }
    toEnd(phone);
    if (latestText(phone) > before) {
      arrived.push(phone);
      if (phone.contains(document.activeElement)) markRead(phone);
    }
    markUnread(phone);
  }
  arrange(feed.order);
  countUnread();
  tell(arrived);
  if (phones.children.length) document.querySelector("#empty").hidden = true;
  document.querySelector("#count").textContent = feed.count;
  if (page.dataset.found === "no") document.querySelector("#more").hidden = feed.count <= phones.children.length;
}

function showClock(clock) {
  const time = document.querySelector("#clock-time");
  time.textContent = clock.time;
  time.dateTime = clock.iso;
  document.querySelector("#clock-day").textContent = clock.day;
  const hours = document.querySelector("#clock-hours");
  hours.textContent = clock.words;
  hours.dataset.open = clock.open ? "yes" : "no";
}

// ---- asking ----

function question() {
  const asked = new URLSearchParams({ after: known, shown: page.dataset.shown });
  if (page.dataset.found === "yes") {
    asked.set("ids", [...phones.children].map((phone) => phone.dataset.id).join(",") || "0");
  }
  return `${page.dataset.feed}?${asked}`;
}

async function ask() {
  if (asking || document.hidden) return;
  asking = true;
  const trouble = document.querySelector("#trouble");
  try {
    const answer = await fetch(question());
    if (!answer.ok) throw new Error(answer.status);
    const feed = await answer.json();
    const missing = feed.order.some((id) => !document.querySelector(`#phone-${id}`) && !feed.changed.some((one) => one.id === id));
    // A stand-in that was emptied, or a phone that came back into view: ask for all of them.
    if (feed.n < known) for (const id of Object.keys(seen)) delete seen[id];
    if (feed.n < known || missing) known = 0;
    else {
      show(feed);
      known = feed.n;
    }
    showClock(feed.clock);
    trouble.hidden = true;
  } catch {
    trouble.hidden = false;
  } finally {
    asking = false;
  }
}

// ---- answering ----

async function send(form, button) {
  const said = new FormData(form, button);
  const typed = form.querySelector("[name=body]");
  if (typed && !typed.value.trim()) return;
  const answer = await fetch(form.action, { method: "POST", body: said, headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) {
    news.textContent = "That did not work. Try again.";
    document.querySelector("#trouble").hidden = false;
    return;
  }
  if (typed) typed.value = "";
  await ask();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-quiet]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});
document.addEventListener("change", (event) => {
  if (event.target.matches(".carrier select")) send(event.target.form);
  if (event.target.matches("#new-to")) {
    document.querySelector("#new-body").value = event.target.selectedOptions[0].dataset.keyword;
  }
});
for (const kind of ["focusin", "click"]) {
  phones.addEventListener(kind, (event) => {
    const phone = event.target.closest(".phone");
    if (phone) markRead(phone);
  });
}
document.addEventListener("visibilitychange", ask);

for (const phone of phones.children) markUnread(phone);
countUnread();
toEnd(phones);
setInterval(ask, EVERY);
