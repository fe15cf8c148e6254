// Files that are text: data dictionary, scenarios, letters, templates of elements.
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { linter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, basicSetup } from "codemirror";
import { changed, open, root } from "./workspace.js";

const kind = root.dataset.kind;
const languages = { data: [json(), linter(jsonParseLinter())], template: [json(), linter(jsonParseLinter())], scenario: [yaml()] };
let view;
let silent = false;

open({
  read: () => view.state.doc.toString(),
  show(text) {
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
    }
    silent = false;
  },
});
