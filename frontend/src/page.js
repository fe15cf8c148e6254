// Every page: partial updates, the keyboard and drafts. Everything also works without this file.
import htmx from "htmx.org";
import { post, token } from "./csrf.js";
import { forget, recall, remember, settle } from "./kept.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token;
});

// Letters belong to a field, to a drawing with keys of its own, and to an open dialog.
const busy = (target) =>
  !(target instanceof Element) ||
  target.closest("input, textarea, select, [contenteditable], .djs-container, #modeler, dialog[open]");

function move(step) {
  const all = [...document.querySelectorAll("[data-row]")];
  if (!all.length) return;
  const at = all.findIndex((row) => row.contains(document.activeElement));
  all[Math.min(all.length - 1, Math.max(0, at + step))].querySelector("a")?.focus();
}

const rowOf = () => document.activeElement?.closest("[data-row]");

const actions = {
  x: () => rowOf()?.querySelector('input[type="checkbox"][name="kies"]')?.click(),
  e: () => (rowOf()?.querySelector("a") ?? document.querySelector("[data-complete]"))?.focus(),
  "/": () => document.querySelector("[data-search]")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  c: () => (rowOf()?.querySelector("[data-claim]") ?? document.querySelector("[data-claim-task]"))?.click(),
  "?": () => document.querySelector("dialog#keyboard-help, dialog#toetsen")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || busy(event.target)) return;
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

// A draft is saved two seconds after the last key.
const clock = new Intl.DateTimeFormat("nl-NL", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" });

async function keepDraft(form) {
  const status = form.querySelector("[data-draft-status]");
  const body = new FormData(form);
  body.set("stil", "1"); // answer without a page
  for (const [name, value] of [...body]) if (value instanceof File) body.delete(name); // files go along when all is done
  let kept = false;
  try {
    kept = (await post(form.dataset.draftUrl, body)).ok;
  } catch (error) {
    console.warn(error);
  }
  if (kept) forget(form.dataset.draftUrl);
  else remember(form, { failed: true });
  if (!status) return;
  status.textContent = kept ? `${status.dataset.saved ?? ""} ${clock.format(new Date())}` : (status.dataset.failed ?? "");
}

settle();

// What is ticked in a list stays ticked on its other pages, in this tab, until something is done with it.
for (const table of document.querySelectorAll("[data-selection]")) {
  const form = document.getElementById(table.dataset.selection);
  if (form) keepChoice(table, form);
}

function keepChoice(table, form) {
  const place = `keuze:${document.body.dataset.user}:${form.getAttribute("action")}`;
  const boxes = [...table.querySelectorAll('input[type="checkbox"][name="kies"]')];
  const all = table.querySelector("[data-all]");
  const chosen = new Set(JSON.parse(sessionStorage.getItem(place) ?? "[]"));
  const says = form.querySelector("[data-chosen]");
  const words = form.querySelector("template").dataset;
  const nothing = says.textContent;
  const none = form.querySelector("[data-none]");
  const show = () => {
    const here = boxes.filter((box) => box.checked).length;
    const elsewhere = chosen.size - here;
    const said = elsewhere ? words.elsewhere : words.count;
    says.textContent = chosen.size ? said.replace("{count}", chosen.size).replace("{elsewhere}", elsewhere) : nothing;
    none.hidden = !chosen.size;
    form.classList.toggle("has-choice", chosen.size > 0);
    const every = all?.querySelector("input") ?? {};
    every.checked = here > 0 && here === boxes.length;
    every.indeterminate = here > 0 && here < boxes.length;
  };
  const note = () => {
    for (const box of boxes) box.checked ? chosen.add(box.value) : chosen.delete(box.value);
    sessionStorage.setItem(place, JSON.stringify([...chosen]));
    show();
  };
  for (const box of boxes) box.checked = chosen.has(box.value);
  table.addEventListener("change", (event) => {
    if (event.target.closest("[data-all]")) for (const box of boxes) box.checked = event.target.checked;
    note();
  });
  none.addEventListener("click", () => {
    chosen.clear();
    for (const box of boxes) box.checked = false;
    note();
  });
  form.addEventListener("submit", (event) => {
    const here = new Set(boxes.map((box) => box.value));
    for (const carried of form.querySelectorAll('input[type="hidden"][name="kies"]')) carried.remove();
    for (const key of chosen) {
      if (here.has(key)) continue;
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "kies", value: key }));
    }
    if (!event.submitter?.hasAttribute("data-file")) sessionStorage.removeItem(place); // a file leaves the page as it is
  });
  if (all) all.hidden = false;
  show();
  if ("handOver" in table.dataset) letDrag(table, form, chosen, none, note);
}

// A case that is dragged goes to whom it is dropped on; one that is ticked takes the others that are ticked along.
function letDrag(board, form, chosen, none, note) {
  const drop = document.querySelector("[data-drop]");
  let dragged = "";
  for (const item of board.querySelectorAll("[data-case]")) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      dragged = item.dataset.case;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged);
      setTimeout(() => (drop.hidden = false)); // a page that changes while a drag begins ends it
    });
    item.addEventListener("dragend", () => (drop.hidden = true));
  }
  for (const owner of drop.querySelectorAll("[data-owner]")) {
    owner.addEventListener("dragover", (event) => {
      event.preventDefault();
      owner.classList.add("over");
    });
    owner.addEventListener("dragleave", () => owner.classList.remove("over"));
    owner.addEventListener("drop", (event) => {
      event.preventDefault();
      if (!chosen.has(dragged)) {
        none.click();
        for (const box of board.querySelectorAll('input[type="checkbox"][name="kies"]')) box.checked = box.value === dragged;
        note();
      }
      const given = { actie: "hand_over", antwoord: owner.dataset.owner, meteen: "1" };
      for (const [name, value] of Object.entries(given)) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      form.requestSubmit();
    });
  }
}

for (const form of document.querySelectorAll("form[data-draft-url]")) {
  let timer;
  if (recall(form.dataset.draftUrl)) {
    document.querySelector("[data-restored]")?.removeAttribute("hidden");
    if (!form.querySelector(".flow-form")) putBack(form, recall(form.dataset.draftUrl)); // else form.js does
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keepDraft, 2000, form);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    remember(form);
  });
}

// Fields of a form that has nothing but HTML.
function putBack(form, fields) {
  for (const [name, value] of fields) {
    const field = form.elements.namedItem(name);
    if (field?.type === "checkbox") field.checked = true;
    else if (field) field.value = value;
  }
}

// A double click is one click: what is being sent is not sent again. This expires, for users who return to the page.
for (const form of document.querySelectorAll("form[method=post]:not([hx-post], [hx-get])")) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-file")) return; // the page stays, for what comes next
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
    setTimeout(() => delete form.dataset.sent, 3000);
  });
}

// On a narrow screen what stands beside the question begins folded; how narrow it may say itself.
for (const card of document.querySelectorAll("details[data-fold]"))
  if (matchMedia(`(max-width: ${card.dataset.fold || "50rem"})`).matches) card.open = false;

// What went wrong is read out first.
document.querySelector(".summary[tabindex]")?.focus();

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
