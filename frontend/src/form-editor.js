// Forms: the editor of form-js. What the server does not support is said among the findings.
import { FormEditor } from "@bpmn-io/form-js";
import "@bpmn-io/form-js/dist/assets/form-js.css";
import "@bpmn-io/form-js/dist/assets/form-js-editor.css";
import "@bpmn-io/form-js/dist/assets/properties-panel.css";
import { dutch, translation } from "./dutch.js";
import { speakDutch } from "./spoken.js";
import { changed, open, root } from "./workspace.js";

root.innerHTML = '<div id="modeler" class="is-form"></div>';
const editor = new FormEditor({
  container: root.firstElementChild,
  exporter: undefined,
  additionalModules: [translation(root.dataset.language, "forms")],
});
window.flowForm = editor;
openAsGiven();
if (root.dataset.language !== "en") {
  beginInDutch(dutch("forms").said);
  speakDutch(dutch("forms").said, {
    within: `.fjs-palette-container, .fjs-properties-container, .fjs-context-pad, .fjs-form-field-placeholder, .fjs-empty-component, .fjs-empty-editor,
      .fjs-filepicker-container, .fjs-select-placeholder, .fjs-repeat-render-footer, .fjs-documentPreview-placeholder-text, .fjs-iframe-placeholder-text,
      .fjs-number-arrow-container, .fjs-powered-by, .bio-properties-panel-tooltip, .bio-properties-panel-popup`,
    own: "svg, textarea, .cm-editor, .bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title",
  });
}
let ready = false;

// The library gives a list or group that it opens what a new one begins with, such as an outline: it stays what it was.
function openAsGiven() {
  const fields = editor.get("formFields");
  for (const type of Object.keys(fields._formFields)) {
    const config = fields.get(type)?.config;
    if (!config?.create) continue;
    const create = config.create;
    config.create = (given = {}, isNew = true) => {
      const made = create(given, isNew);
      return isNew ? made : Object.fromEntries(Object.entries(made).filter(([name]) => name in given || name === "components"));
    };
  }
}

// A component that is added begins with words of form-js, which become words of the form.
function beginInDutch(said) {
  const fields = editor.get("formFields");
  for (const type of Object.keys(fields._formFields)) {
    const config = fields.get(type)?.config;
    if (!config?.create) continue;
    const create = config.create;
    const named = (list) => list?.map((one) => (one.label ? { ...one, label: said(one.label) } : one));
    config.create = (given = {}, isNew = true) => {
      const made = create(given, isNew);
      if (!isNew) return made;
      const begun = { ...made };
      for (const name of ["label", "dateLabel", "timeLabel", "title"]) {
        if (begun[name] && (given[name] === undefined || given[name] === config.label)) begun[name] = said(begun[name]);
      }
      if (!given.text && begun.text) begun.text = begun.text.replace(/[A-Z][a-z]+/, said);
      for (const name of ["values", "columns"]) if (!given[name] && begun[name]) begun[name] = named(begun[name]);
      return begun;
    };
  }
}

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
