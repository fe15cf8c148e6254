// A scenario as a table: what happens step by step, with what, and what must then be so. The text stays the truth: each
// change is made in it, and what the table does not show is left as it was.
import { isMap, parseDocument, stringify } from "yaml";

const KINDS = ["taak", "bericht", "signaal", "werk", "tot", "gegevens", "nabootsen", "verwacht", "geweigerd"];
const WHOLE = new Set(["gegevens", "nabootsen", "verwacht", "geweigerd"]); // what they say is one map
const HEAD = ["naam", "klok", "proces", "gegevens"];
const WORDS = {
  nl: {
    naam: "Naam", klok: "Begint op", proces: "Proces", start: "Gegevens bij het begin", what: "Wat", name: "Wie of wat", by: "Door", values: "Waarden",
    taak: "taak afronden", bericht: "bericht komt", signaal: "signaal klinkt", werk: "ander systeem antwoordt", tot: "tijd tot", gegevens: "gegevens veranderen", nabootsen: "vanaf hier nabootsen", verwacht: "dan moet gelden",
    geweigerd: "moet worden geweigerd", up: "Omhoog", down: "Omlaag", drop: "Weg", add: "Stap toevoegen", step: "Stap", table: "Tabel", text: "Tekst",
    wrong: "Dit kan niet worden gelezen. Schrijf het als naam: waarde, naam: waarde.", unreadable: "De tekst is geen scenario dat als tabel kan. Verbeter eerst de tekst.",
  },
  en: {
    naam: "Name", klok: "Begins at", proces: "Process", start: "Data at the start", what: "What", name: "Who or what", by: "By", values: "Values",
    taak: "complete task", bericht: "message comes", signaal: "signal is heard", werk: "other system answers", tot: "time until", gegevens: "data change", nabootsen: "imitate from here on", verwacht: "then must hold",
    geweigerd: "must be refused", up: "Up", down: "Down", drop: "Remove", add: "Add step", step: "Step", table: "Table", text: "Text",
    wrong: "This cannot be read. Write it as name: value, name: value.", unreadable: "The text is no scenario that a table can show. Mend the text first.",
  },
};

// A map as it stands between braces, without them.
function flow(value) {
  if (value === undefined || value === null) return "";
  const text = stringify(value?.toJSON ? value.toJSON() : value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false }).trim();
  return text.startsWith("{") ? text.slice(1, -1).trim() : text;
}

function parsed(text) {
  const doc = parseDocument(`{${text}}`);
  if (doc.errors.length) throw doc.errors[0];
  return doc.toJSON();
}

const kindOf = (step) => KINDS.find((kind) => step.has(kind));

// Shows the table in ``box``; ``get`` gives the text and ``set`` takes a changed one.
export function scenarioTable(box, { language, get, set }) {
  const words = WORDS[language] ?? WORDS.nl;
  let doc;

  // What is typed leaves the table as it is, so that nobody loses their place; what moves rows draws it anew.
  function write(act) {
    act();
    set(String(doc));
  }

  function change(act) {
    write(act);
    draw();
  }

  function field(label, value, take, { wide = false } = {}) {
    const input = document.createElement(wide ? "textarea" : "input");
    input.value = value;
    if (wide) input.rows = Math.min(6, Math.max(1, Math.ceil(value.length / 30)));
    input.setAttribute("aria-label", label);
    input.addEventListener("change", () => {
      try {
        write(() => take(input.value));
        input.removeAttribute("aria-invalid");
      } catch (error) {
        console.warn(error);
        input.setAttribute("aria-invalid", "true");
        input.setCustomValidity(words.wrong);
        input.reportValidity();
      }
    });
    input.addEventListener("input", () => input.setCustomValidity(""));
    return input;
  }

  const put = (map, key, value) => (value === "" || (value && typeof value === "object" && !Object.keys(value).length) ? map.delete(key) : map.set(key, doc.createNode(value, { flow: true })));

  function row(steps, step, number) {
    const kind = kindOf(step);
    const line = document.createElement("tr");
    const label = (name) => `${words.step} ${number + 1}: ${name}`;
    const cell = (...content) => {
      const made = document.createElement("td");
      made.append(...content);
      line.append(made);
    };
    const choice = document.createElement("select");
    choice.setAttribute("aria-label", label(words.what));
    for (const one of KINDS) choice.add(new Option(words[one], one, one === kind, one === kind));
    choice.addEventListener("change", () =>
      change(() => {
        const said = WHOLE.has(kind) ? "" : step.get(kind);
        step.delete(kind);
        step.items.unshift(doc.createPair(choice.value, WHOLE.has(choice.value) ? {} : (said ?? "")));
      }),
    );
    cell(choice);
    cell(WHOLE.has(kind) ? "" : field(label(words.name), String(step.get(kind) ?? ""), (text) => step.set(kind, text)));
    cell(kind === "taak" ? field(label(words.by), String(step.get("door") ?? ""), (text) => put(step, "door", text)) : "");
    const shown = step.get(WHOLE.has(kind) ? kind : "met");
    const take = (text) => (WHOLE.has(kind) ? step.set(kind, doc.createNode(parsed(text), { flow: true })) : put(step, "met", parsed(text)));
    cell(kind === "tot" ? "" : field(label(words.values), flow(shown), take, { wide: true }));
    const act = (name, does, off = false) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = { up: "↑", down: "↓" }[name] ?? words[name];
      button.setAttribute("aria-label", label(words[name]));
      button.disabled = off;
      button.addEventListener("click", () => change(does));
      return button;
    };
    const swap = (to) => () => steps.items.splice(to, 0, steps.items.splice(number, 1)[0]);
    cell(act("up", swap(number - 1), number === 0), act("down", swap(number + 1), number === steps.items.length - 1), act("drop", () => steps.items.splice(number, 1)));
    return line;
  }

  function draw() {
    doc = parseDocument(get());
    box.replaceChildren();
    const steps = doc.get("stappen");
    if (doc.errors.length || !isMap(doc.contents) || !steps?.items || !steps.items.every((one) => isMap(one) && kindOf(one))) {
      box.append(Object.assign(document.createElement("p"), { className: "notice problem", textContent: words.unreadable }));
      return;
    }
    steps.flow = false;
    for (const name of HEAD) {
      const label = document.createElement("label");
      const value = doc.get(name);
      const whole = name === "gegevens";
      const title = whole ? words.start : words[name];
      const input = field(title, whole ? flow(value) : String(doc.getIn([name], true)?.source ?? value ?? ""), (text) => put(doc.contents, name, whole ? parsed(text) : text), { wide: whole });
      label.append(title, input);
      box.append(label);
    }
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of ["what", "name", "by", "values"]) {
      head.append(Object.assign(document.createElement("th"), { textContent: words[name], scope: "col", className: `scenario-${name}` }));
    }
    head.append(document.createElement("td"));
    const body = table.createTBody();
    steps.items.forEach((step, number) => body.append(row(steps, step, number)));
    const add = Object.assign(document.createElement("button"), { type: "button", textContent: words.add });
    add.addEventListener("click", () => {
      change(() => steps.add(doc.createNode({ taak: "" })));
      box.querySelector("tbody tr:last-child select")?.focus();
    });
    const scroll = Object.assign(document.createElement("div"), { className: "scenario-scroll", tabIndex: 0 });
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", words.table);
    scroll.append(table);
    box.append(scroll, add);
  }

  return { draw, words };
}
