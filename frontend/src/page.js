// Every page: partial updates and the keyboard. Everything also works without this file.
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token;
});

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  next.querySelector("a")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const actions = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    c: () => document.activeElement?.closest("[data-row]")?.querySelector("[data-claim]")?.click(),
    "?": () => document.querySelector("#toetsen")?.showModal(),
  };
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

// A draft keeps itself two seconds after the last key.
for (const form of document.querySelectorAll("form[data-draft-url]")) {
  let timer;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const status = form.querySelector("[data-draft-status]");
      const answer = await fetch(form.dataset.draftUrl, {
        method: "POST",
        headers: { "X-CSRFToken": token },
        body: new FormData(form),
      });
      if (status) status.textContent = answer.ok ? status.dataset.saved : status.dataset.failed;
    }, 2000);
  });
}

// Questions that do not apply are hidden; the server decides again.
for (const box of document.querySelectorAll("[data-print]")) box.addEventListener("click", () => window.print());
