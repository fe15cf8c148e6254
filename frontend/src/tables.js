// Decision tables, requirements and literal expressions.
import Modeler from "dmn-js/lib/Modeler";
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js-properties-panel/dist/assets/properties-panel.css";
import { DmnPropertiesPanelModule, DmnPropertiesProviderModule, ZeebePropertiesProviderModule } from "dmn-js-properties-panel";
import zeebe from "zeebe-dmn-moddle/resources/zeebe.json";
import { dutch, translation } from "./dutch.js";
import { COMMENT, aside, listed } from "./others.js";
import { speakDutch } from "./spoken.js";
import { changed, open, root } from "./workspace.js";

root.innerHTML = `<div id="modeler" class="is-table"><div id="tables-views" role="tablist"></div>
<div id="tables-canvas"></div><div id="tables-properties"></div></div>`;
const tabs = root.querySelector("#tables-views");
const words = { additionalModules: [translation(root.dataset.language, "tables")] };
const modeler = new Modeler({
  container: "#tables-canvas",
  moddleExtensions: { zeebe },
  drd: {
    propertiesPanel: { parent: "#tables-properties" },
    additionalModules: [...words.additionalModules, DmnPropertiesPanelModule, DmnPropertiesProviderModule, ZeebePropertiesProviderModule],
  },
  decisionTable: words,
  literalExpression: words,
  boxedExpression: words,
});
window.flowModeler = modeler;
if (root.dataset.language !== "en") {
  speakDutch(dutch("tables").said, {
    within: `#tables-properties, .djs-palette, .djs-context-pad, .djs-popup, .hit-policy, .context-menu, .dmn-definitions, .literal-expression,
      .bjs-powered-by, .bio-properties-panel-tooltip, .dmn-icon-drag, .edit-button, .options, .drill-down-overlay, th, .resize-column-handle, .simple-mode-button`,
    own: `svg, textarea, .cm-editor, [contenteditable], .bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title,
      .dmn-definitions-name, .dmn-definitions-id, .input-label, .output-label, .input-expression, .output-name, .dms-list-component`,
  });
}
let ready = false;
let file;
let lost = [];

// The library reads DMN 1.3 alone. What the other versions have of it stands in them in the same way, under another name.
const MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/";
const DRAWING = "https://www.omg.org/spec/DMN/20191111/DMNDI/";
const VERSIONS = [
  ["http://www.omg.org/spec/DMN/20151101/dmn.xsd"],
  ["http://www.omg.org/spec/DMN/20151101/dmn11.xsd"],
  ["http://www.omg.org/spec/DMN/20180521/MODEL/", "http://www.omg.org/spec/DMN/20180521/DMNDI/"],
  ["https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20191111/DMNDI/"],
  ["http://www.omg.org/spec/DMN/20211108/MODEL/", "http://www.omg.org/spec/DMN/20191111/DMNDI/"],
  ["https://www.omg.org/spec/DMN/20230324/MODEL/", "https://www.omg.org/spec/DMN/20230324/DMNDI/"],
];

function inVersion(xml) {
  const [model, drawing = DRAWING] = VERSIONS.find(([uri]) => xml.includes(`"${uri}"`) || xml.includes(`'${uri}'`)) ?? [MODEL];
  const as = (text, from, to) => text.replaceAll(`"${from}"`, `"${to}"`).replaceAll(`'${from}'`, `'${to}'`);
  const found = aside(as(as(xml, model, MODEL), drawing, DRAWING), modeler._moddle);
  return { ...found, whole: (saved) => as(as(found.whole(saved), MODEL, model), DRAWING, drawing) };
}

const written = async () => file.whole((await modeler.saveXML({ format: true })).xml);

const called = (view) => (view.type === "drd" ? (root.dataset.language === "en" ? "Requirements" : "Samenhang") : view.element.name || view.element.id);

function showTabs() {
  const active = modeler.getActiveView();
  root.firstElementChild.classList.toggle("has-properties", active?.type === "drd");
  tabs.replaceChildren();
  for (const view of modeler.getViews()) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.setAttribute("role", "tab");
    const on = view.element === active?.element;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    tab.textContent = called(view);
    tab.addEventListener("click", () => modeler.open(view));
    tabs.append(tab);
  }
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...tabs.children];
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next.click();
  [...tabs.children][all.indexOf(next)]?.focus();
});

modeler.on("views.changed", showTabs);
modeler.on("viewer.created", ({ viewer }) => viewer.on("commandStack.changed", () => ready && changed()));

open({
  read: written,
  told: () => (lost.length ? [{ severity: "warning", message: `${root.dataset.lost} ${listed(lost)}` }] : []),
  select(id) {
    const view = modeler.getViews().find(({ element }) => element.id === id || JSON.stringify(ids(element)).includes(`"${id}"`));
    if (view) modeler.open(view);
  },
  async show(xml) {
    ready = false;
    file = inVersion(xml);
    await modeler.importXML(file.text);
    lost = file.lost(await written());
    const said = lost.filter(({ isDrawing, name }) => !isDrawing && name !== COMMENT); // a decision that lost a part is worse than none
    if (said.length) throw new Error(`${root.dataset.unknown} ${listed(said)}`);
    const table = modeler.getViews().filter((view) => view.type !== "drd");
    if (table.length === 1) await modeler.open(table[0]); // the table is what one comes for
    showTabs();
    ready = true;
  },
});

function ids(element) {
  const logic = element.decisionLogic ?? {};
  return [logic.id, ...(logic.rule ?? []).map((r) => r.id), ...(logic.input ?? []).map((i) => i.id), ...(logic.output ?? []).map((o) => o.id)];
}
