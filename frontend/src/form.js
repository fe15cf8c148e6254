// The form of a task, shown by form-js; without this file the page's plain form asks the same questions.
import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import { get, set } from "min-dash";
import { Fragment, options } from "preact";
import { inDutch } from "./dutch/answers.js";
import { invented } from "./invented.js";
import { recall } from "./kept.js";
import { Moment, wrong } from "./moment.js";
import { SharedKeys } from "./shared-keys.js";

const isDutch = () => document.documentElement.lang === "nl";

// What form-js draws goes through here on its way to the page.
function drawInDutch() {
  const before = options.vnode;
  options.vnode = (node) => {
    if ((typeof node.type === "string" || node.type === Fragment) && node.props) {
      for (const name of ["aria-label", "placeholder"]) if (node.props[name]) node.props[name] = inDutch(node.props[name]);
      const inside = node.props.children;
      if (typeof inside === "string") node.props.children = inDutch(inside);
      else if (Array.isArray(inside) && (node.type === "button" || node.type === Fragment)) node.props.children = inside.map(inDutch);
    }
    before?.(node);
  };
}

function checkMore(form) {
  const validator = form.get("validator");
  const registry = form.get("formFieldRegistry");
  const check = validator.validateFieldInstance.bind(validator);
  validator.validateFieldInstance = (instance, value) => {
    const field = registry.get(instance.id);
    const found = check(instance, value);
    if (field?.type === "datetime") found.push(...wrong(field, value));
    return isDutch() ? found.map(inDutch) : found;
  };
}

// The place in the page of a question, by the name that the server gives it: gezin.0.naam.
function element(form, box, name) {
  const instance = form.get("formFieldInstanceRegistry").getAll().find((one) => one.valuePath?.join(".") === name);
  if (!instance) return null;
  const suffix = [instance.id, ...Object.values(instance.indexes ?? {})].join("_");
  const parts = `:is([id$="-${CSS.escape(suffix)}"], [id*="-${CSS.escape(suffix)}-"])`;
  return box.querySelector(`${parts}:is(input, textarea, select), ${parts} :is(input, [tabindex])`);
}

// The links of the error summary lead to the questions as form-js shows them, and each problem stands at its question.
function showProblems(form, box) {
  const errors = {};
  for (const anchor of document.querySelectorAll('.summary a[href^="#veld_"]')) {
    const name = decodeURIComponent(anchor.hash).replace("#veld_", "");
    const instance = form.get("formFieldInstanceRegistry").getAll().find((one) => one.valuePath?.join(".") === name);
    if (instance) set(errors, [instance.id, ...Object.values(instance.indexes ?? {})], [anchor.textContent.trim()]);
    anchor.addEventListener("click", (event) => {
      const found = element(form, box, name);
      if (!found) return;
      event.preventDefault();
      found.focus();
    });
  }
  if (Object.keys(errors).length) form._setState({ errors });
}

// What goes to the server: the answers that form-js submits, and lists with all that is in them (form-js leaves out lists
// that became empty, and what cannot be changed in an item, by which the server knows which item it was).
function answersOf(form) {
  const data = form._getSubmitData();
  const state = form._getState().data;
  const registry = form.get("formFieldRegistry");
  for (const { id, valuePath } of form.get("formFieldInstanceRegistry").getAll()) {
    const field = registry.get(id);
    const items = field?.type === "dynamiclist" && field.isRepeating ? get(state, valuePath) : null;
    if (Array.isArray(items)) set(data, valuePath, items);
  }
  return data;
}

const read = (id) => JSON.parse(document.getElementById(id).textContent);

function newForm(box, documents) {
  const documentEndpointBuilder = { buildUrl: ({ documentId }) => new URL(documents + encodeURIComponent(documentId), location).href };
  const form = new Form({
    container: box,
    debounce: false, // what was typed in the last moment before completing must be in the answers
    additionalModules: [SharedKeys, { documentEndpointBuilder: ["value", documentEndpointBuilder] }],
  });
  form.get("formFields").register("datetime", Moment);
  checkMore(form);
  return form;
}

async function show(box) {
  const host = box.closest("form");
  const answers = host.querySelector("[name=form_json]");
  if (isDutch()) drawInDutch();
  const form = newForm(box, box.dataset.documentsUrl ?? "/documenten/");
  if (box.dataset.invented) form.get("formFields").register("filepicker", invented(JSON.parse(box.dataset.invented), box.dataset.told));
  const keep = () => {
    answers.value = JSON.stringify(answersOf(form));
  };
  // A button of the form itself does what the page's own button does, but the key Enter in a field does not.
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (event.submitter && event.submitter === document.activeElement) host.requestSubmit(host.querySelector("button.primary"));
  });
  const unsent = JSON.parse(recall(host.dataset.draftUrl)?.get("form_json") || "{}");
  await form.importSchema(read(box.dataset.schemaId), { ...read(box.dataset.valuesId), ...unsent });
  for (const plain of host.querySelectorAll(".plain-fields")) {
    plain.hidden = true;
    plain.disabled = true;
  }
  // The plain fields no longer carry the answers, so a draft would be empty without this.
  keep();
  form.on("changed", () => {
    keep();
    answers.dispatchEvent(new Event("input", { bubbles: true }));
  });
  host.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-plain")) return; // a draft may be unfinished
    // form-js marks what is wrong; the server reports all of it in one summary, in the reader's language.
    form.submit();
    keep();
  });
  host.addEventListener("formdata", ({ formData }) => {
    for (const [name, files] of form.get("fileRegistry").getAllFiles()) for (const file of files) formData.append(name, file);
  });
  showProblems(form, box);
  box.dataset.ready = "true";
}

for (const box of document.querySelectorAll(".flow-form")) {
  show(box).catch((error) => {
    box.hidden = true; // the plain fields stay in use
    console.error(error);
  });
}

// For the tests that compare the server with form-js itself.
export { answersOf, Form, newForm };
