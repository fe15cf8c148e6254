// What an editor puts on the page without asking its translator is put in Dutch where it stands: in the editor's own panels
// only, and never in what somebody wrote. `within` are the panels, `own` what in them is the designer's.
const NAMES = ["title", "aria-label", "placeholder"];

export function speakDutch(said, { within, own }) {
  const written = new WeakMap(); // what was put here, so that nothing is put in Dutch twice

  function put(node, name, now, set) {
    const text = now?.trim();
    const known = written.get(node) ?? {};
    if (!text || known[name] === now) return;
    const found = said(text);
    if (found === text) return;
    known[name] = now.replace(text, () => found);
    written.set(node, known);
    set(known[name]);
  }

  const sayText = (node) => node.parentElement?.closest(own) || put(node, "data", node.data, (text) => (node.data = text));

  function sayNames(node) {
    const theirs = node.closest(own);
    if (theirs && !theirs.matches(".cm-editor") && !node.matches(".djs-popup-results")) return; // where somebody writes, the place has a name
    for (const name of NAMES) put(node, name, node.getAttribute(name), (text) => node.setAttribute(name, text));
  }

  function sayAll(root) {
    sayNames(root);
    for (const one of root.querySelectorAll(NAMES.map((name) => `[${name}]`).join())) sayNames(one);
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) sayText(text);
  }

  function look(node) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement?.closest(within)) sayText(node);
    } else if (node instanceof HTMLElement) {
      if (node.closest(within)) sayAll(node);
      else node.querySelectorAll(within).forEach(sayAll);
    }
  }

  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "childList") addedNodes.forEach(look);
      else if (type === "characterData") look(target);
      else if (target instanceof HTMLElement && target.closest(within)) sayNames(target);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: NAMES });
  look(document.body);
}
