// A diagram with its tokens, or with what scenarios walked of it. The page shows the same facts as a list. The bpmn.io mark stays, as its licence asks.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { hang } from "./badges.js";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";

async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

function mark(viewer, marks) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const badges = [];
  const badge = (id, text, kind) => {
    const html = document.createElement("span");
    html.className = `flow-badge flow-badge-${kind}`;
    html.textContent = text;
    badges.push([id, html]);
  };
  const known = (counts) => Object.entries(counts ?? {}).filter(([id]) => registry.get(id));
  for (const id of marks.completed ?? []) if (registry.get(id)) canvas.addMarker(id, "flow-completed");
  for (const [id, count] of known(marks.active)) {
    canvas.addMarker(id, "flow-active");
    badge(id, count, "active");
  }
  for (const [id, days] of known(marks.spent)) badge(id, days, "spent");
  for (const id of marks.missed ?? []) if (registry.get(id)) canvas.addMarker(id, "flow-missed");
  for (const [id, count] of known(marks.walked)) {
    canvas.addMarker(id, "flow-walked");
    if (!registry.get(id).waypoints) badge(id, count, "walked");
  }
  for (const [id, count] of known(marks.unnoticed)) {
    canvas.addMarker(id, registry.get(id).waypoints ? "flow-unnoticed" : "flow-incident");
    badge(id, count, "unnoticed");
  }
  for (const [id, difference] of known(marks.differences)) {
    canvas.addMarker(id, `flow-${difference.kind}`);
    if (!registry.get(id).waypoints) badge(id, difference.text, difference.kind);
  }
  for (const [id, count] of known(marks.incidents)) {
    canvas.addMarker(id, "flow-incident");
    badge(id, `! ${count}`, "incident");
  }
  hang(viewer, badges);
}

const WORDS = {
  nl: { larger: "Groter", smaller: "Kleiner", fit: "Alles tonen", full: "Volledig scherm", tools: "Diagram bekijken" },
  en: { larger: "Larger", smaller: "Smaller", fit: "Show all", full: "Full screen", tools: "View the diagram" },
};
const SMALLEST = 0.45; // below this nobody reads the labels: then a part is shown, at a size that can be read
const READABLE = 0.75;

// Buttons above a diagram, in one frame with it, which can fill the screen.
function tools(box, viewer, fit) {
  const words = WORDS[document.documentElement.lang] ?? WORDS.nl;
  const frame = document.createElement("div");
  const bar = document.createElement("div");
  frame.className = "diagram-frame";
  bar.className = "diagram-tools";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", words.tools);
  box.before(frame);
  frame.append(bar, box);
  const add = (text, label, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    if (label !== text) button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    bar.append(button);
    return button;
  };
  const zoom = (factor) => () => viewer.get("canvas").zoom(Math.min(4, Math.max(0.2, viewer.get("canvas").zoom() * factor)), "auto");
  add("+", words.larger, zoom(1.25));
  add("−", words.smaller, zoom(0.8));
  add(words.fit, words.fit, fit);
  if (!document.fullscreenEnabled) return;
  const full = add(words.full, words.full, () => (document.fullscreenElement ? document.exitFullscreen() : frame.requestFullscreen()));
  full.setAttribute("aria-pressed", "false");
  frame.addEventListener("fullscreenchange", () => full.setAttribute("aria-pressed", String(document.fullscreenElement === frame)));
}

// Where a diagram is too large to be read as a whole: what happens now, else where it begins.
function begin(viewer, marks) {
  const canvas = viewer.get("canvas");
  if (canvas.zoom() >= SMALLEST) return;
  const registry = viewer.get("elementRegistry");
  const wanted = [marks?.incidents, marks?.active].flatMap((counts) => Object.keys(counts ?? {}));
  const starts = registry.filter((one) => one.type === "bpmn:StartEvent");
  const found = wanted.map((id) => registry.get(id)).find((one) => one) ?? starts.reduce((left, one) => (left && left.x <= one.x ? left : one), null);
  canvas.zoom(READABLE);
  if (!found) return;
  const { width, height, inner } = canvas.viewbox();
  const most = Math.max(inner.x - 40, inner.x + inner.width + 40 - width); // no empty space beside what is drawn
  const x = Math.min(most, Math.max(inner.x - 40, found.x + found.width / 2 - width / 2));
  canvas.viewbox({ x, y: found.y + found.height / 2 - height / 2, width, height });
}

async function show(box) {
  if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", "Diagram");
  if (!box.hasAttribute("role")) box.setAttribute("role", "group");
  const viewer = new NavigatedViewer({ container: box });
  await viewer.importXML(box.dataset.xml ?? (await (await get(box.dataset.xmlUrl)).text()));
  const canvas = viewer.get("canvas");
  const fit = () => {
    canvas.resized();
    canvas.zoom(canvas.zoom("fit-viewport", "auto") * 0.92, "auto"); // room for badges, and for the mark of bpmn.io
  };
  let marks = null;
  tools(box, viewer, fit);
  fit();
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (!box.clientWidth || !box.clientHeight || box.clientWidth === width) return; // hidden, or nothing changed
    width = box.clientWidth;
    fit();
    begin(viewer, marks);
  }).observe(box);
  marks = box.dataset.marks ? JSON.parse(box.dataset.marks) : box.dataset.marksUrl ? await (await get(box.dataset.marksUrl)).json() : null;
  begin(viewer, marks);
  if (marks) mark(viewer, marks);
  box.viewer = viewer;
  box.dataset.ready = "true";
}

for (const box of document.querySelectorAll(".diagram:is([data-xml-url], [data-xml])")) {
  show(box).catch((error) => {
    box.removeAttribute("role"); // the sentence that takes its place is text, not a picture
    box.textContent = box.dataset.failed ?? "";
    box.dataset.ready = "failed";
    console.error(error);
  });
}
