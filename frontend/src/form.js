// The form of a task, shown by form-js; without this file the page's plain form asks the same questions.
import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";

const read = (id) => JSON.parse(document.getElementById(id).textContent);

async function show(box) {
  const host = box.closest("form");
  const answers = host.querySelector("[name=form_json]");
  const form = new Form({ container: box });
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
    const { data, errors } = form.submit();
    if (Object.keys(errors).length) {
      event.preventDefault();
      box.querySelector(".fjs-has-errors :is(input, textarea, select, [tabindex])")?.focus();
      return;
    }
    answers.value = JSON.stringify(data);
  });
  box.dataset.ready = "true";
}

for (const box of document.querySelectorAll(".flow-form")) {
  show(box).catch((error) => {
    box.hidden = true; // the plain fields stay in use
    console.error(error);
  });
}
