// Files that are text: data dictionary, scenarios, letters, templates of elements.
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { linter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, basicSetup } from "codemirror";
import { scenarioTable } from "./scenario-table.js";
import { changed, open, root } from "./workspace.js";

const kind = root.dataset.kind;
const languages = { data: [json(), linter(jsonParseLinter())], template: [json(), linter(jsonParseLinter())], scenario: [yaml()] };
let view;
let silent = false;
let table;
let wrong = () => [];
const checker = kind === "template" ? import("./template-check.js").then((found) => ({ wrong } = found), console.warn) : null;

// A scenario is shown as a table; its text is one button away.
function withTable() {
  const box = Object.assign(document.createElement("div"), { className: "scenario-table" });
  table = scenarioTable(box, {
    language: root.dataset.language,
    get: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  });
  const tabs = Object.assign(document.createElement("div"), { className: "scenario-tabs" });
  tabs.setAttribute("role", "tablist");
  const show = (asTable) => {
    box.hidden = !asTable;
    view.dom.hidden = asTable;
    for (const tab of tabs.children) {
      const on = (tab.dataset.as === "table") === asTable;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    if (asTable) table.draw();
  };
  for (const as of ["table", "text"]) {
    const tab = Object.assign(document.createElement("button"), { type: "button", textContent: table.words[as] });
    tab.dataset.as = as;
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => show(as === "table"));
    tabs.append(tab);
  }
  tabs.addEventListener("keydown", (event) => {
    if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const other = [...tabs.children].find((tab) => tab !== document.activeElement);
    other.click();
    other.focus();
  });
  root.prepend(tabs, box);
  show(true);
}

open({
  read: () => view.state.doc.toString(),
  told: () => wrong(view.state.doc.toString()).map((message) => ({ severity: "error", message: `${root.dataset.wrongTemplate} ${message}` })),
  async show(text) {
    await checker;
    silent = true;
    if (view) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    else {
      const state = EditorState.create({
        doc: text,
        extensions: [
          basicSetup,
          ...(languages[kind] ?? []),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": root.dataset.name, tabindex: "0" }),
          EditorView.updateListener.of((update) => update.docChanged && !silent && changed()),
        ],
      });
      view = new EditorView({ state, parent: root });
      if (kind === "scenario") withTable();
      view.scrollDOM.tabIndex = 0; // what is wider or longer than its place can be reached by keyboard
    }
    silent = false;
    if (table && !view.dom.previousElementSibling.hidden) table.draw();
  },
});
