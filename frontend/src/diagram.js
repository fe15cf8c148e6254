// A diagram with its tokens, or with what scenarios walked of it. The page shows the same facts as a list. The bpmn.io mark stays, as its licence asks.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";

async function get(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  return answer;
}

// At the lower left of a shape; on a connection in the middle of its longest part.
function place({ waypoints }) {
  if (!waypoints) return { bottom: 12, left: -8 };
  const parts = waypoints.slice(1).map((to, n) => ({ from: waypoints[n], to }));
  const length = ({ from, to }) => Math.hypot(to.x - from.x, to.y - from.y);
  const { from, to } = parts.reduce((best, part) => (length(part) > length(best) ? part : best));
  const [left, top] = ["x", "y"].map((axis) => Math.min(...waypoints.map((point) => point[axis])));
  return { left: (from.x + to.x) / 2 - left - 8, top: (from.y + to.y) / 2 - top - 10 };
}

function mark(viewer, marks) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  const badge = (id, text, kind, above = false) => {
    const html = document.createElement("span");
    html.className = `flow-badge flow-badge-${kind}`;
    html.textContent = text;
    overlays.add(id, { position: above ? { top: -14, left: -8 } : place(registry.get(id)), html });
  };
  const known = (counts) => Object.entries(counts ?? {}).filter(([id]) => registry.get(id));
  for (const id of marks.completed ?? []) if (registry.get(id)) canvas.addMarker(id, "flow-completed");
  for (const [id, count] of known(marks.active)) {
    canvas.addMarker(id, "flow-active");
    badge(id, count, "active");
  }
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
    if (!registry.get(id).waypoints) badge(id, difference.text, difference.kind, true);
  }
  for (const [id, count] of known(marks.incidents)) {
    canvas.addMarker(id, "flow-incident");
    badge(id, `! ${count}`, "incident");
  }
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
  fit();
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (!box.clientWidth || !box.clientHeight || box.clientWidth === width) return; // hidden, or nothing changed
    width = box.clientWidth;
    fit();
  }).observe(box);
  if (box.dataset.marks) mark(viewer, JSON.parse(box.dataset.marks));
  if (box.dataset.marksUrl) mark(viewer, await (await get(box.dataset.marksUrl)).json());
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
