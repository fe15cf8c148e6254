// The token simulation asks no translator for its words: in Dutch they are replaced where it puts them.
import { translate } from "./dutch.js";

const inside = (node) => node.parentElement?.closest?.('[class*="bts-"]');

function say(node) {
  if (!inside(node) && !node.className?.includes?.("bts-")) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const said = text.data.trim();
    if (said && translate(said) !== said) text.data = text.data.replace(said, translate(said));
  }
  for (const one of [node, ...node.querySelectorAll("[title]")]) if (one.title) one.title = translate(one.title);
}

export function inDutch(container, language) {
  if (language === "en") return;
  const added = (records) => records.flatMap((record) => [...record.addedNodes]).map((node) => node.nodeType === Node.TEXT_NODE ? node.parentElement : node);
  new MutationObserver((records) => added(records).filter((node) => node instanceof HTMLElement).forEach(say)).observe(container, { childList: true, subtree: true });
  container.querySelectorAll('[class*="bts-"]').forEach(say);
}

// Below this the simulation draws no buttons at the elements; a large diagram opens smaller than that.
const LEAST_ZOOM = 0.5;

export function comeNear(modeler) {
  modeler.on("tokenSimulation.toggleMode", ({ active }) => {
    const canvas = modeler.get("canvas");
    if (!active || canvas.zoom() >= LEAST_ZOOM) return;
    canvas.zoom(LEAST_ZOOM + 0.1);
    const start = modeler.get("elementRegistry").find((one) => one.type === "bpmn:StartEvent");
    if (start) canvas.scrollToElement(start);
  });
}
