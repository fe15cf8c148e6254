// Where a process is tried, a question for files is answered with files that nobody wrote: their names are the answer.
import { Description, Errors, FilePicker } from "@bpmn-io/form-js-viewer";
import { h } from "preact";

const SENT = "files::";

const chosen = (value) => (typeof value === "string" && value.startsWith(SENT) ? value.slice(SENT.length).split("/") : []);

// The component for these names of files.
export function invented(names, told) {
  function Invented({ disabled, errors = [], domId, onBlur, onFocus, field, onChange, readonly, value }) {
    const { description, label, validate = {} } = field;
    const now = chosen(value);
    const pick = (name, isIn) => {
      const next = names.filter((one) => (one === name ? isIn : now.includes(one)));
      onChange({ field, value: next.length ? SENT + next.join("/") : null });
    };
    const box = (name, index) =>
      h("label", { class: "choice", key: name, for: index ? `${domId}-${index}` : domId },
        h("input", {
          id: index ? `${domId}-${index}` : domId, type: "checkbox", checked: now.includes(name), disabled: disabled || readonly,
          onChange: (event) => pick(name, event.target.checked), onFocus: () => onFocus?.(), onBlur: () => onBlur?.(),
        }),
        name);
    return h("fieldset", { class: `fjs-form-field invented${errors.length ? " fjs-has-errors" : ""}` },
      h("legend", { class: "fjs-form-field-label" }, label, validate.required && h("span", { class: "fjs-asterix", "aria-hidden": true }, "*")),
      h("p", { class: "hint" }, told),
      names.map(box),
      h(Description, { id: `${domId}-description`, description }),
      h(Errors, { id: `${domId}-error-message`, errors }));
  }
  Invented.config = FilePicker.config;
  return Invented;
}
