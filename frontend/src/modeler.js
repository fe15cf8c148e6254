// Diagrams: Camunda 8 elements and properties, findings at the element, tokens that play along.
import Modeler from "camunda-bpmn-js/lib/camunda-cloud/Modeler";
import tokenSimulation from "bpmn-js-token-simulation";
import "camunda-bpmn-js/dist/assets/camunda-cloud-modeler.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";
import { layoutProcess } from "bpmn-auto-layout";
import { dutch, translation } from "./dutch.js";
import { dictionary } from "./dictionary.js";
import { aside, listed } from "./others.js";
import { publishMessage, sending } from "./sending.js";
import { comeNear } from "./simulation.js";
import { speakDutch } from "./spoken.js";
import { changed, open, root } from "./workspace.js";

root.innerHTML = '<div id="modeler"><div id="modeler-canvas"></div><div id="modeler-properties"></div></div>';
const modeler = new Modeler({
  container: "#modeler-canvas",
  propertiesPanel: { parent: "#modeler-properties" },
  moddleExtensions: { zeebe: { ...zeebe, types: [...zeebe.types, publishMessage] } },
  disableAdjustOrigin: true, // to save a diagram does not move it
  additionalModules: [tokenSimulation, sending, dictionary(root.dataset), translation(root.dataset.language, "diagrams")],
});
window.flowModeler = modeler;
if (root.dataset.language !== "en") {
  speakDutch(dutch("diagrams").said, {
    within: `#modeler-properties, .djs-palette, .djs-context-pad, .djs-popup-results, .djs-search-container, .djs-minimap, .bjs-powered-by,
      .bio-properties-panel-tooltip, .bio-properties-panel-popup, [class*="bts-"]`,
    own: `svg, textarea, .cm-editor, .bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title,
      .djs-popup-body, .djs-search-results`,
  });
}
comeNear(modeler);
let silent = false;
let marks = [];
let drawn = "";
let file = aside("", modeler.get("moddle"));
let lost = [];

function select(id) {
  const shape = modeler.get("elementRegistry").get(id);
  if (!shape) return;
  modeler.get("selection").select(shape);
  modeler.get("canvas").scrollToElement(shape);
}

// A badge at each element that has a finding; the sentence stands in its title and in the list.
function mark(findings) {
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  for (const id of marks) overlays.remove(id);
  marks = [];
  const by = Map.groupBy(findings.filter((f) => registry.get(f.element_id)), (f) => f.element_id);
  for (const [id, found] of by) {
    const html = document.createElement("button");
    html.type = "button";
    const grave = found.some((f) => f.severity === "error");
    html.className = `finding-badge finding-badge-${grave ? "error" : "warning"}`;
    html.textContent = String(found.length);
    html.title = found.map((f) => f.message).join("\n");
    html.setAttribute("aria-label", html.title);
    html.addEventListener("click", () => select(id));
    marks.push(overlays.add(id, { position: { top: -12, right: 12 }, html }));
  }
}

// Templates come with the project; one that this editor cannot use is told among the findings.
const refused = [];
modeler.on("elementTemplates.errors", ({ errors }) => refused.push(...errors.map((error) => error.message)));

async function loadTemplates() {
  const answer = await fetch(root.dataset.templatesUrl);
  if (!answer.ok || answer.redirected) throw new Error(`${root.dataset.templatesUrl}: ${answer.status}`);
  modeler.get("elementTemplatesLoader").setTemplates(await answer.json());
}

const written = async () => file.whole((await modeler.saveXML({ format: true })).xml);

const hasDrawing = (xml) => /<(?:[\w-]+:)?BPMNPlane\b/.test(xml);

const templates = loadTemplates().catch(console.warn); // without them the rest can be drawn
open({
  select,
  mark,
  told: () => [
    ...refused.map((message) => ({ severity: "warning", message: `${root.dataset.wrongTemplate} ${message}` })),
    ...(lost.length ? [{ severity: "warning", message: `${root.dataset.lost} ${listed(lost)}` }] : []),
  ],
  read: async () => (silent ? drawn : written()),
  async show(xml) {
    silent = true;
    await templates;
    try {
      file = aside(xml, modeler.get("moddle"));
      await modeler.importXML(hasDrawing(xml) ? file.text : await layoutProcess(file.text));
      drawn = xml;
      lost = file.lost(await written());
    } finally {
      silent = false;
    }
    const canvas = modeler.get("canvas");
    canvas.zoom("fit-viewport", "auto");
    canvas.zoom(canvas.zoom() * 0.85, "auto");
    canvas.scroll({ dx: 60, dy: 0 }); // the palette is on the left
  },
}).then(() => modeler.on("commandStack.changed", () => changed()));
