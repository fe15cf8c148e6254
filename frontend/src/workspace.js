// What every editor shares: opening, saving by itself, one window at a time, and that no work is ever lost.
import { post } from "./csrf.js";

export const root = document.querySelector("#editor");
const state = document.querySelector("#save-state");
const locked = document.querySelector("#locked");
const keptBox = document.querySelector("#kept-work");
const list = document.querySelector("#findings");
const said = root.dataset;
const clock = new Intl.DateTimeFormat("nl-NL", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Amsterdam" });
const KEEP = `bestand:${document.body.dataset.user ?? ""}:${said.saveUrl}`;
const AUTOSAVE = 2000;
const PRESENT = 20000;
// The same window after loading the page again; a copy of it is another one, for the mark is kept only while the page is away.
const MARK = `venster:${said.saveUrl}`;
const WINDOW = sessionStorage.getItem(MARK) ?? crypto.randomUUID();
sessionStorage.removeItem(MARK);

// A file is edited by {read, show, select}: what it holds now as text, drawing a text, and jumping to an element.
let editor;
let base = ""; // the checksum of what the server has
let stored = ""; // what the server has
let writable = false;
let dirty = false;
let saving = null;
let timer;

function tell(text, kind = "") {
  state.textContent = text;
  state.className = kind || "soft";
}

// -- what is kept in this browser ------------------------------------------------------------------------------------

function keep(text) {
  try {
    localStorage.setItem(KEEP, JSON.stringify({ base, text, at: Date.now() }));
  } catch (error) {
    console.warn(error); // the browser keeps nothing: then leaving the page is warned about, as it is anyway
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(KEEP));
  } catch {
    return null;
  }
}

const forget = () => localStorage.removeItem(KEEP);

function offer() {
  const found = recall();
  if (!found) return;
  if (found.text === stored) {
    forget();
    return;
  }
  keptBox.querySelector("p").textContent = said.kept.replace("{time}", clock.format(new Date(found.at)));
  keptBox.hidden = false;
}

// -- one window at a time --------------------------------------------------------------------------------------------

function field(values) {
  const body = new FormData();
  body.set("venster", WINDOW);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  if ("inhoud" in values) body.set("inhoud", new Blob([values.inhoud]), "inhoud"); // a field would get other ends of lines
  return body;
}

async function ask(url, values = {}) {
  const answer = await post(url, field(values), { Accept: "application/json" });
  if (answer.status === 204) return {};
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(found.detail ?? said.failed), { status: answer.status, told: found.detail });
  return found;
}

function stop(text, { mine = false } = {}) {
  writable = false;
  root.dataset.writable = "false";
  locked.querySelector("p").textContent = text;
  locked.querySelector("[data-lock=copy]").hidden = !mine;
  locked.hidden = false;
  tell(said.readOnly);
  document.querySelector("#save").disabled = true;
}

async function hold({ takeOver = false } = {}) {
  const found = await ask(said.openUrl, takeOver ? { overnemen: "1" } : {});
  if (found.holder) {
    if (writable) stop(said.held.replace("{name}", found.holder), { mine: dirty });
    else stop(found.self ? said.heldSelf : said.held.replace("{name}", found.holder));
    return false;
  }
  return true;
}

function present() {
  if (writable) hold().catch(console.warn); // a server that does not answer now is asked again
}

// -- saving ----------------------------------------------------------------------------------------------------------

export function changed() {
  dirty = true;
  clearTimeout(timer);
  if (writable) {
    tell(said.unsaved);
    timer = setTimeout(() => save().catch(console.warn), AUTOSAVE);
  } else locked.querySelector("[data-lock=copy]").hidden = false; // somebody else has it: what is drawn here can be a copy
  Promise.resolve(editor.read()).then((text) => dirty && keep(text), console.warn);
  look();
}

export async function save({ byHand = false, note = "" } = {}) {
  clearTimeout(timer);
  while (saving) await saving.catch(() => {});
  if (!writable) return false;
  saving = send(byHand, note);
  try {
    return await saving;
  } finally {
    saving = null;
  }
}

async function send(byHand, note) {
  const text = await editor.read();
  if (text === stored && !note) {
    dirty = false;
    forget();
    tell(said.opened);
    return true;
  }
  tell(said.saving);
  try {
    const body = { inhoud: text, begin: base, opmerking: note };
    const found = await ask(said.saveUrl, byHand ? { ...body, hand: "1" } : body);
    base = found.checksum;
    stored = text;
    dirty = (await editor.read()) !== text;
    if (!dirty) forget();
    tell(`${said.saved} ${clock.format(new Date())}`);
    return true;
  } catch (error) {
    keep(text);
    if (error.status === 409 || error.status === 404) stop(error.told, { mine: true });
    else {
      tell(error.told ?? said.notSaved, "late");
      if (error.status !== 400) timer = setTimeout(() => save().catch(console.warn), 10000);
    }
    return false;
  }
}

async function asCopy() {
  const text = dirty ? await editor.read() : (recall()?.text ?? (await editor.read()));
  const name = `${said.copyName} ${said.name.replace(/\..*$/, "")} ${clock.format(new Date())}`;
  const found = await ask(said.copyUrl, { inhoud: text, naam: name });
  forget();
  dirty = false;
  location.href = found.page;
}

// -- findings --------------------------------------------------------------------------------------------------------

const severity = { error: said.error, warning: said.warning };
let asked = 0;
let looking;

function line(text, kind, element, page) {
  const item = document.createElement("li");
  item.className = `finding finding-${kind}`;
  if (element && editor?.select) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => editor.select(element));
    item.append(button);
  } else item.append(text);
  if (page) {
    const link = document.createElement("a");
    link.href = page;
    link.target = "_blank"; // what is drawn stays open
    link.textContent = `${said.rule} ${page.split("/").pop()}`;
    item.append(" ", link);
  }
  list.append(item);
}

const sentence = (f) =>
  [severity[f.severity], f.element_id, [f.message, f.remedy].filter(Boolean).join(" ")].filter(Boolean).join(": ");

export async function check({ focus = false } = {}) {
  const mine = ++asked;
  try {
    const { findings } = await ask(said.findingsUrl, { inhoud: await editor.read() });
    if (mine !== asked) return;
    list.replaceChildren();
    findings.push(...(editor.told?.() ?? []));
    for (const f of findings) line(sentence(f), f.severity, f.element_id, f.page);
    if (!findings.length) line(said.nothing, "ok");
    editor.mark?.(findings);
    root.dataset.checked = String(Number(root.dataset.checked ?? 0) + 1);
  } catch (error) {
    if (mine !== asked) return;
    list.replaceChildren();
    line(error.told ?? said.failed, "error");
  }
  if (focus) list.focus();
}

function look() {
  clearTimeout(looking);
  looking = setTimeout(check, 800);
}

// -- opening ---------------------------------------------------------------------------------------------------------

// XML of others need not be UTF-8: it says itself what it is.
function decoded(bytes) {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const start = new TextDecoder("latin1").decode(bytes.slice(0, 200));
  let encoding = /^\W{0,3}<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)/.exec(start)?.[1] ?? "utf-8";
  if (first === 0xff && second === 0xfe) encoding = "utf-16le";
  if (first === 0xfe && second === 0xff) encoding = "utf-16be";
  return new TextDecoder(encoding).decode(bytes);
}

async function fetched() {
  const answer = await fetch(said.contentUrl);
  if (!answer.ok || answer.redirected) throw new Error(`${said.contentUrl}: ${answer.status}`);
  base = answer.headers.get("X-Checksum");
  stored = decoded(await answer.arrayBuffer());
}

// An editor that cannot draw a text says so; the file stays as it is.
async function draw(text) {
  try {
    await editor.show(text);
    return true;
  } catch (error) {
    console.warn(error);
    list.replaceChildren();
    line(`${said.unreadable} ${error.message}`, "error");
    tell(said.readOnly);
    return false;
  }
}

export function open(one) {
  editor = one;
  window.flowEditor = one;
  return begin();
}

async function begin({ takeOver = false } = {}) {
  tell(said.loading);
  try {
    const free = await hold({ takeOver });
    await fetched();
    const drawn = await draw(stored);
    if (free && drawn) {
      stored = await editor.read(); // as this editor writes it: looking at a file changes nothing
      writable = true;
      dirty = false;
      locked.hidden = true;
      root.dataset.writable = "true";
      document.querySelector("#save").disabled = false;
      tell(said.opened);
      offer();
    }
    root.dataset.ready = "true";
    if (drawn) await check();
  } catch (error) {
    console.warn(error);
    tell(said.failed, "late");
  }
}

setInterval(present, PRESENT);
addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});
addEventListener("pagehide", () => {
  sessionStorage.setItem(MARK, WINDOW);
  if (writable) navigator.sendBeacon(said.closeUrl, beacon());
});

function beacon() {
  const body = field({});
  body.set("csrf_token", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
  return body;
}

// Leaving for another page of ours saves first, so that nobody is warned without need.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || link.download || !dirty || !writable || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (await save()) location.href = link.href;
});

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    save({ byHand: true });
  }
});

document.querySelector("#save").addEventListener("click", () => save({ byHand: true }));
document.querySelector("#check").addEventListener("click", () => check({ focus: true }));
document.querySelector("#keep-version").addEventListener("click", async () => {
  const note = document.querySelector("#note");
  if (note.value.trim() && (await save({ byHand: true, note: note.value }))) location.reload();
});
const wide = document.querySelector("#wide");
wide.addEventListener("click", () => {
  const on = document.body.classList.toggle("is-wide");
  wide.setAttribute("aria-pressed", String(on));
  dispatchEvent(new Event("resize"));
});
locked.addEventListener("click", async (event) => {
  const what = event.target.dataset.lock;
  try {
    if (what === "take") await begin({ takeOver: true });
    if (what === "copy") await asCopy();
    if (what === "reload") location.reload();
  } catch (error) {
    tell(error.told ?? said.failed, "late");
  }
});
keptBox.addEventListener("click", async (event) => {
  const what = event.target.dataset.kept;
  if (!what) return;
  if (what === "back") {
    await draw(recall().text);
    dirty = true;
    await save({ byHand: true });
    look();
  } else forget();
  keptBox.hidden = true;
});
