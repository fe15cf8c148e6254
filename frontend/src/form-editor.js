// Forms: the editor of form-js. What the server does not support is said among the findings.
import { FormEditor } from "@bpmn-io/form-js";
import "@bpmn-io/form-js/dist/assets/form-js.css";
import "@bpmn-io/form-js/dist/assets/form-js-editor.css";
import "@bpmn-io/form-js/dist/assets/properties-panel.css";
import { translation } from "./dutch.js";
import { changed, open, root } from "./workspace.js";

root.innerHTML = '<div id="modeler" class="is-form"></div>';
const editor = new FormEditor({
  container: root.firstElementChild,
  exporter: undefined,
  additionalModules: [translation(root.dataset.language)],
});
window.flowForm = editor;
let ready = false;

open({
  read: () => `${JSON.stringify(editor.saveSchema(), null, 2)}\n`,
  select(name) {
    const field = editor.get("formFieldRegistry").getAll().find((one) => one.id === name || one.key === name || one.path === name);
    if (field) editor.get("selection").set(field);
  },
  async show(text) {
    ready = false;
    await editor.importSchema(JSON.parse(text));
    ready = true;
  },
});
editor.on("changed", () => ready && changed());
