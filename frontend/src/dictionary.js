// The data dictionary beside a diagram, as variables that expressions are completed with.
import { VariableProvider } from "@bpmn-io/variable-resolver";
import { is } from "bpmn-js/lib/util/ModelUtil";

const TYPES = { string: "String", number: "Number", boolean: "Boolean", date: "Date", list: "List", context: "Context" };
let known = [];

class Dictionary extends VariableProvider {
  getVariables(element) {
    return is(element, "bpmn:Process") || is(element, "bpmn:Participant") ? known : [];
  }
}

async function load(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) return;
  const found = await answer.json().catch(() => []);
  if (!Array.isArray(found)) return;
  known = found.map((one) => ({ name: one.name, type: TYPES[one.type] ?? one.type, info: one.meaning ?? "" }));
}

export function dictionary({ contentUrl, path, dictionary: has }) {
  if (has === "1") {
    const folder = contentUrl.slice(0, contentUrl.indexOf(encodeURI(path)));
    const beside = path.includes("/") ? `${path.slice(0, path.lastIndexOf("/"))}/` : "";
    load(`${folder}${encodeURI(beside)}gegevens.json?tonen=1`).catch(console.warn);
  }
  return { __init__: ["flowDictionary"], flowDictionary: ["type", Dictionary] };
}
