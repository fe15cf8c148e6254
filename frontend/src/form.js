// The form of a task, shown by form-js; without this file the page's plain form asks the same questions.
import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";

for (const box of document.querySelectorAll(".flow-form")) {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const host = box.closest("form");
  const plain = host.querySelector(".plain-fields");
  const form = new Form({ container: box });
  form
    .importSchema(read(box.dataset.schemaId), read(box.dataset.valuesId))
    .then(() => {
      plain.hidden = true;
      plain.disabled = true;
      // What has been typed so far is always in the hidden field, so that a draft holds it too.
      const keep = (data) => {
        host.querySelector("[name=form_json]").value = JSON.stringify(data);
        host.dispatchEvent(new Event("input"));
      };
      form.on("changed", ({ data }) => keep(data));
      host.addEventListener("submit", (event) => {
        if (event.submitter?.hasAttribute("data-plain")) return;
        const { data, errors } = form.submit();
        if (Object.keys(errors).length) {
          event.preventDefault();
          box.querySelector(".fjs-has-errors input, .fjs-has-errors textarea, .fjs-has-errors select")?.focus();
          return;
        }
        host.querySelector("[name=form_json]").value = JSON.stringify(data);
      });
      box.dataset.ready = "true";
    })
    .catch((error) => console.error(error));
}
