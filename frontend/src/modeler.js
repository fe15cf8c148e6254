// The modeler: Camunda 8 elements and properties; checks and deploys through the server.
import Modeler from "camunda-bpmn-js/lib/camunda-cloud/Modeler";
import "camunda-bpmn-js/dist/assets/camunda-cloud-modeler.css";
import { post } from "./csrf.js";

const root = document.querySelector("#modeler");
const modeler = new Modeler({
  container: "#modeler-canvas",
  propertiesPanel: { parent: "#modeler-properties" },
});
window.flowModeler = modeler;

function empty(id) {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" id="definities" targetNamespace="https://inburgering-flow.example" modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.7.0">
  <bpmn:process id="${id}" isExecutable="true"><bpmn:startEvent id="begin" name="Begin" /></bpmn:process>
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="vlak" bpmnElement="${id}">
    <bpmndi:BPMNShape id="begin_vorm" bpmnElement="begin"><dc:Bounds x="160" y="160" width="36" height="36" /></bpmndi:BPMNShape>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>`;
}

const list = document.querySelector("#modeler-findings");

function select(id) {
  const shape = modeler.get("elementRegistry").get(id);
  if (!shape) return;
  modeler.get("selection").select(shape);
  modeler.get("canvas").scrollToElement(shape);
}

function add(text, kind, element, page) {
  const item = document.createElement("li");
  item.className = `finding finding-${kind}`;
  if (element) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => select(element));
    item.append(button);
  } else item.textContent = text;
  if (page) {
    const link = document.createElement("a");
    link.href = page;
    link.target = "_blank"; // the diagram may not be stored yet
    link.textContent = `${root.dataset.rule} ${page.split("/").pop()}`;
    item.append(" ", link);
  }
  list.append(item);
}

const severity = { error: root.dataset.error, warning: root.dataset.warning };
const sentence = (f) =>
  [severity[f.severity], f.element_id, [f.message, f.remedy].filter(Boolean).join(" ")].filter(Boolean).join(": ");

function findings(answer) {
  list.replaceChildren();
  for (const f of answer.findings ?? []) add(sentence(f), f.severity, f.element_id, f.page);
  for (const d of answer.deployed ?? []) add(`${root.dataset.deployed} ${d.id}, ${d.version}`, "ok");
  if (answer.detail) add(answer.detail, "error"); // refused as a whole: what is wrong, and what to do next
  if (answer.said) add(answer.said, "ok");
  if (!list.children.length) add(root.dataset.nothing, "ok");
  list.focus();
}

function failed(error) {
  console.warn(error);
  list.replaceChildren();
  add(root.dataset.failed, "error");
  list.focus();
}

async function send(url) {
  try {
    const { xml } = await modeler.saveXML({ format: true });
    const body = new FormData();
    body.set("xml", xml);
    body.set("name", root.dataset.name);
    findings(await (await post(url, body, { Accept: "application/json" })).json());
  } catch (error) {
    failed(error);
  }
}

async function stored(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
}

async function start() {
  const xml = root.dataset.xmlUrl ? await stored(root.dataset.xmlUrl) : empty(root.dataset.processId);
  await modeler.importXML(xml);
  const canvas = modeler.get("canvas");
  canvas.zoom(canvas.zoom("fit-viewport", "auto") * 0.85, "auto");
  canvas.scroll({ dx: 60, dy: 0 }); // the palette is on the left
  root.dataset.ready = "true";
}

document.querySelector("#modeler-check")?.addEventListener("click", () => send(root.dataset.checkUrl));
document.querySelector("#modeler-deploy")?.addEventListener("click", () => send(root.dataset.deployUrl));
document.querySelector("#modeler-download")?.addEventListener("click", async () => {
  const { xml } = await modeler.saveXML({ format: true });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([xml], { type: "application/xml" }));
  link.download = root.dataset.name.split("/").pop();
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
start().catch(failed);
