// A diagram with its tokens. The page shows the same facts as a list.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";

async function show(box) {
  const viewer = new NavigatedViewer({ container: box });
  const xml = await (await fetch(box.dataset.xmlUrl)).text();
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  if (box.dataset.marksUrl) {
    const marks = await (await fetch(box.dataset.marksUrl)).json();
    const overlays = viewer.get("overlays");
    const registry = viewer.get("elementRegistry");
    const badge = (id, text, kind) => {
      if (!registry.get(id)) return;
      const html = document.createElement("span");
      html.className = `flow-badge flow-badge-${kind}`;
      html.textContent = text;
      overlays.add(id, { position: { bottom: 12, left: -8 }, html });
    };
    for (const id of marks.completed ?? []) if (registry.get(id)) canvas.addMarker(id, "flow-completed");
    for (const [id, count] of Object.entries(marks.active ?? {})) {
      if (registry.get(id)) canvas.addMarker(id, "flow-active");
      badge(id, count, "active");
    }
    for (const [id, count] of Object.entries(marks.incidents ?? {})) {
      if (registry.get(id)) canvas.addMarker(id, "flow-incident");
      badge(id, `! ${count}`, "incident");
    }
  }
  box.dataset.ready = "true";
}

for (const box of document.querySelectorAll(".diagram[data-xml-url]")) {
  show(box).catch((error) => {
    box.textContent = box.dataset.failed ?? "";
    console.error(error);
  });
}
