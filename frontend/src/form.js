// The form of a task, shown by form-js; without this file the page's plain form asks the same questions.
import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import flatpickr from "flatpickr";
import { Dutch } from "flatpickr/dist/esm/l10n/nl.js";

// form-js speaks English only; on a Dutch page its calendar and its messages are in Dutch.
const SENTENCES = [
  [/^Field is required\.$/, () => "Vul dit in."],
  [/minimum value of (.+)\.$/, (n) => `Het getal is ten minste ${n}.`],
  [/maximum value of (.+)\.$/, (n) => `Het getal is ten hoogste ${n}.`],
  [/minimum length of (.+)\.$/, (n) => `De tekst is te kort. Gebruik ten minste ${n} tekens.`],
  [/maximum length of (.+)\.$/, (n) => `De tekst is te lang. Gebruik hoogstens ${n} tekens.`],
  [/^Value is not a number\.$/, () => "Vul een getal in."],
  [/^Value is expected to/, () => "Dit getal heeft te veel cijfers achter de komma."],
  [/^Field must match pattern/, () => "Dit heeft niet de goede vorm."],
];

function inDutch(text) {
  for (const [pattern, sentence] of SENTENCES) {
    const found = text.match(pattern);
    if (found) return sentence(found[1]);
  }
  return text;
}

function speakDutch(form) {
  const validator = form.get("validator");
  for (const name of ["validateField", "validateFieldInstance"]) {
    const check = validator[name].bind(validator);
    validator[name] = (...given) => check(...given).map(inDutch);
  }
}

// The links of the error summary lead to the questions as form-js shows them.
function link(form, box) {
  for (const anchor of document.querySelectorAll('.summary a[href^="#veld_"]')) {
    anchor.addEventListener("click", (event) => {
      const key = anchor.hash.replace("#veld_", "");
      const field = form.get("formFieldRegistry").getAll().find((other) => other.key === key);
      const parts = field && `:is([id$="-${CSS.escape(field.id)}"], [id*="-${CSS.escape(field.id)}-"])`;
      const element = field && box.querySelector(`${parts}:is(input, textarea, select), ${parts} :is(input, [tabindex])`);
      if (!element) return;
      event.preventDefault();
      element.focus();
    });
  }
}

const read = (id) => JSON.parse(document.getElementById(id).textContent);

async function show(box) {
  const host = box.closest("form");
  const answers = host.querySelector("[name=form_json]");
  // Without a pause of its own: what was typed in the last moment before completing must be in the answers.
  const form = new Form({ container: box, debounce: false });
  if (document.documentElement.lang === "nl") {
    flatpickr.localize(Dutch);
    speakDutch(form);
  }
  // Only the questions themselves go back, not every fact of the case that the form was given to show.
  const keep = (data) => {
    answers.value = JSON.stringify(form._getSubmitData?.() ?? data);
  };
  await form.importSchema(read(box.dataset.schemaId), read(box.dataset.valuesId));
  for (const plain of host.querySelectorAll(".plain-fields")) {
    plain.hidden = true;
    plain.disabled = true;
  }
  // The plain fields no longer carry the answers, so a draft would be empty without this.
  keep({});
  form.on("changed", ({ data }) => {
    keep(data);
    answers.dispatchEvent(new Event("input", { bubbles: true }));
  });
  host.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("data-plain")) return; // a draft may be unfinished
    // form-js marks what is wrong; the server reports all of it in one summary, in the reader's language.
    keep(form.submit().data);
  });
  link(form, box);
  box.dataset.ready = "true";
}

for (const box of document.querySelectorAll(".flow-form")) {
  show(box).catch((error) => {
    box.hidden = true; // the plain fields stay in use
    console.error(error);
  });
}
