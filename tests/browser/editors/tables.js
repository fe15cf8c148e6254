// The picture of what needs what with each kind of element, a table with a column of each type and each menu, and an expression.
async () => {
  const { words, add, collect, tick, unfold } = window.flowWords;
  const modeler = window.flowModeler;
  const own = "[contenteditable], .dmn-definitions-name, .dmn-definitions-id, #tables-views, .input-label, .output-label, .options .own";
  const look = (where) => collect(where, { roots: "#modeler, .context-menu, .djs-popup", own });
  const views = () => modeler.getViews();
  await modeler.open(views().find(({ type }) => type === "drd"));
  await tick(50);
  look("picture");
  const get = (name) => modeler.getActiveViewer().get(name);
  for (const entry of Object.values(get("palette").getEntries())) add(entry.title, "palette");
  const root = get("canvas").getRootElement();
  const make = (type, x, y) => get("modeling").createShape(get("elementFactory").createShape({ type: `dmn:${type}` }), { x, y }, root);
  let x = 100;
  for (const type of ["Decision", "InputData", "KnowledgeSource", "BusinessKnowledgeModel", "TextAnnotation"]) {
    const made = make(type, (x += 180), 400);
    get("selection").select(made);
    await tick(30);
    await unfold("#tables-properties", () => look(type));
    for (const entry of Object.values(get("contextPad").getEntries(made))) add(entry.title, type);
    try {
      get("popupMenu").open(made, "dmn-replace", { x: 400, y: 300 });
    } catch {
      continue; // this element cannot become another
    }
    await tick(30);
    look(type);
    get("popupMenu").close();
  }
  get("drdReplace").replaceElement(make("Decision", 300, 600), { type: "dmn:Decision", table: false, expression: true });
  await tick(50);

  async function press(one, where, kind = "click") {
    const { x, y } = one.getBoundingClientRect();
    for (const name of ["mousedown", kind]) one.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true, clientX: x + 4, clientY: y + 4 }));
    await tick(40);
    look(where);
  }

  const TYPES = ["string", "boolean", "number", "date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration", "Any"];
  async function table() {
    const box = document.querySelector("#tables-canvas");
    const find = (selector) => box.querySelector(selector);
    for (const selector of [".add-input", ".add-output", ".add-rule, .add-rule-add"]) if (find(selector)) await press(find(selector), selector);
    for (const type of TYPES) {
      for (const side of ["input", "output"]) {
        const { businessObject } = get("sheet").getRoot().cols.find((one) => one.businessObject.$type === (side === "input" ? "dmn:InputClause" : "dmn:OutputClause"));
        get("modeling").updateProperties(side === "input" ? businessObject.inputExpression : businessObject, { typeRef: type });
        await tick(30);
        await press(find(`th.${side}-cell`), `head of ${side} ${type}`, "dblclick");
        get("contextMenu").close();
        const cell = find(`td.${side}-cell`);
        await press(cell, `${side} ${type}`);
        const button = find(".simple-mode-button");
        if (button) await press(button, `${side} ${type}`);
        for (const select of document.querySelectorAll(".context-menu .dms-input-select")) {
          await press(select, `${side} ${type}`);
          const option = document.querySelectorAll(".options .option");
          if (option.length) await press(option[option.length - 1], `${side} ${type}`);
        }
        get("contextMenu").close();
        await press(cell, `menu of ${side} ${type}`, "contextmenu");
        get("contextMenu").close();
      }
    }
    for (const one of box.querySelectorAll(".hit-policy, td.rule-index, th.annotation, td.annotation, th.input-cell, th.output-cell")) {
      await press(one, `${one.className} pressed`);
      await press(one, `menu of ${one.className}`, "contextmenu");
      get("contextMenu").close();
    }
    if (find(".hit-policy .dms-input-select")) await press(find(".hit-policy .dms-input-select"), "hit policy");
  }

  for (const view of views().filter(({ type }) => type !== "drd")) {
    await modeler.open(view);
    await tick(100);
    look(view.type);
    if (view.type === "decisionTable") await table();
    else for (const one of document.querySelectorAll("#tables-canvas .dms-input-select, #tables-canvas input")) await press(one, view.type);
  }
  return [...words];
}
