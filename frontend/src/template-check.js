// What Camunda's own schema says of element templates: the same that the editor of diagrams holds them to. In a bundle of its
// own, for only their text needs it.
import { validateZeebe } from "@bpmn-io/element-templates-validator";

// What says something to a person; the rest only says which branch of the schema was tried.
const isTold = ({ keyword, instancePath }) => keyword === "errorMessage" || (Boolean(instancePath) && ["type", "required"].includes(keyword));

export function wrong(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return []; // the editor marks the place
  }
  return (Array.isArray(found) ? found : [found]).flatMap((one) => {
    const { valid, errors } = validateZeebe(one);
    if (valid) return [];
    const told = errors.filter(isTold);
    const at = ({ instancePath, message }) => `${one?.name ?? one?.id ?? "?"}${instancePath}: ${message}`;
    return [...new Set((told.length ? told : errors).map(at))];
  });
}
