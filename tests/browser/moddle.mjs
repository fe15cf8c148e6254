// Prints where two diagrams differ for bpmn-moddle: gets a JSON list of [before, after], gives a list of lists of sentences.
import { readFileSync } from "node:fs";
import { BpmnModdle } from "bpmn-moddle";

const zeebe = JSON.parse(readFileSync(new URL("../../frontend/node_modules/zeebe-bpmn-moddle/resources/zeebe.json", import.meta.url)));
const BACK = new Set(["incoming", "outgoing", "diagrams", "exporter", "exporterVersion", "isExecutable"]);

function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (!value || typeof value !== "object") return value;
  const attributes = Object.entries(value.$attrs ?? {}).filter(([name]) => !/^xmlns|^xsi:type/.test(name));
  const found = { type: value.$type, ...Object.fromEntries(attributes) };
  for (const [name, inner] of Object.entries(value)) {
    if (/^\$|^xmlns|^xsi:type/.test(name) || BACK.has(name)) continue;
    const { isReference, default: usual } = value.$descriptor?.propertiesByName?.[name] ?? {};
    if (inner === usual) continue;
    const ids = (one) => one?.id ?? plain(one);
    found[name] = isReference ? (Array.isArray(inner) ? inner.map(ids).sort() : ids(inner)) : plain(inner);
  }
  if (value.$children) found.children = plain(value.$children);
  if (value.$body !== undefined) found.body = value.$body.trim();
  return found;
}

function differences(before, after, path) {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isInner = before && after && typeof before === "object" && typeof after === "object";
  if (!isInner) return [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((k) => differences(before[k], after[k], `${path}/${k}`));
}

async function read(xml) {
  const { rootElement } = await new BpmnModdle({ zeebe }).fromXML(xml);
  return plain(rootElement);
}

const answers = [];
for (const [before, after] of JSON.parse(readFileSync(0, "utf8"))) answers.push(differences(await read(before), await read(after), ""));
console.log(JSON.stringify(answers));
