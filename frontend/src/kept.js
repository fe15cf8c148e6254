// What somebody typed into a task and the server did not take stays in this tab until it has been taken, somebody logs
// out, or the tab is closed. It belongs to one person: another one who logs in here does not get to see it.
const PREFIX = "antwoorden:";
const all = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const read = (key) => JSON.parse(sessionStorage.getItem(key));
const user = () => document.body.dataset.user ?? "";

// Remember what a form holds, until it is known whether the server took it.
export function remember(form, { failed = false } = {}) {
  const fields = [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");
  const one = { user: user(), page: location.pathname.replace(/\/afronden$/, ""), failed, fields };
  try {
    sessionStorage.setItem(PREFIX + form.dataset.draftUrl, JSON.stringify(one));
  } catch (error) {
    console.warn(error); // the browser keeps nothing: nothing is promised either
  }
}

export const forget = (url) => sessionStorage.removeItem(PREFIX + url);

// What was typed into a task and not taken, as a Map of fields; null if nothing was, or by somebody else.
export function recall(url) {
  const text = sessionStorage.getItem(PREFIX + url);
  const one = text && JSON.parse(text);
  if (!one?.failed) return null;
  if (one.user !== user()) {
    forget(url);
    return null;
  }
  return new Map(one.fields);
}

// Settle, on a page that has been loaded, what became of what was sent from this tab.
export function settle() {
  const said = document.querySelector("[data-not-sent]");
  if (document.querySelector("[data-logged-out]")) all().forEach((key) => sessionStorage.removeItem(key));
  for (const key of all()) {
    const one = read(key);
    if (one.failed) continue;
    if (said) sessionStorage.setItem(key, JSON.stringify({ ...one, failed: true }));
    else sessionStorage.removeItem(key); // the page that came instead of a failure says that it was taken
  }
  const [left] = all().map(read);
  if (!said || !left) return;
  said.hidden = false;
  const back = said.querySelector("a");
  if (back) back.href = left.page;
}
