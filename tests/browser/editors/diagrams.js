// Every kind of element of BPMN, each selected, its menus opened.
async () => {
  const { words, add, collect, tick, unfold } = window.flowWords;
  const get = (name) => window.flowModeler.get(name);
  const [factory, modeling, selection, canvas, menu] = ["elementFactory", "modeling", "selection", "canvas", "popupMenu"].map(get);
  const own = ".djs-search-results, .finding-badge";
  const templates = await (await fetch(document.querySelector("#editor").dataset.templatesUrl)).text(); // Dutch, whoever reads them
  const look = (where) => collect(where, { roots: "#modeler, .djs-popup", own });
  const kinds = [
    ...["Task", "UserTask", "ServiceTask", "SendTask", "ReceiveTask", "ManualTask", "BusinessRuleTask", "ScriptTask", "CallActivity", "ExclusiveGateway",
      "ParallelGateway", "InclusiveGateway", "ComplexGateway", "EventBasedGateway", "DataObjectReference", "DataStoreReference", "TextAnnotation", "Group"]
      .map((type) => ({ type })),
    { type: "SubProcess", isExpanded: true }, { type: "SubProcess", isExpanded: false }, { type: "SubProcess", isExpanded: true, triggeredByEvent: true },
    { type: "AdHocSubProcess", isExpanded: true }, { type: "Transaction", isExpanded: true },
  ];
  for (const [type, events] of Object.entries({
    StartEvent: ["Message", "Timer", "Signal", "Conditional"], IntermediateCatchEvent: ["Message", "Timer", "Signal", "Conditional", "Link"],
    IntermediateThrowEvent: ["Message", "Escalation", "Signal", "Link", "Compensate"],
    EndEvent: ["Message", "Error", "Escalation", "Signal", "Compensate", "Terminate", "Cancel"],
    BoundaryEvent: ["Message", "Timer", "Error", "Escalation", "Signal", "Conditional", "Compensate", "Cancel"],
  })) kinds.push({ type }, ...events.map((event) => ({ type, eventDefinitionType: `bpmn:${event}EventDefinition` })));

  const root = () => canvas.getRootElement();
  const make = (kind, place, parent = root(), hints = {}) => modeling.createShape(factory.createShape({ ...kind, type: `bpmn:${kind.type}` }), place, parent, hints);

  async function open(target, id, where) {
    try {
      menu.open(target, id, { x: 400, y: 300 });
    } catch {
      return; // this element has no such menu
    }
    await tick(20);
    look(`${where}, ${id}`);
    menu.close();
  }

  async function show(element, where) {
    selection.select(element);
    await tick(20);
    await unfold("#modeler-properties", () => look(where));
    for (const entry of Object.values(get("contextPad").getEntries(element))) add(entry.title, where);
    for (const id of ["bpmn-replace", "bpmn-append"]) await open(element, id, where);
  }

  await show(root(), "process");
  let x = 100;
  for (const kind of kinds) {
    x += 60;
    const isBoundary = kind.type === "BoundaryEvent";
    const host = isBoundary ? make({ type: "UserTask" }, { x, y: 900 }) : root();
    const made = make(kind, { x, y: isBoundary ? 940 : 300 }, host, isBoundary ? { attach: true } : {});
    await show(made, [kind.type, kind.eventDefinitionType].join(" "));
    modeling.removeElements([made]);
  }
  const [task, other, gateway] = ["Task", "Task", "ExclusiveGateway"].map((type, index) => make({ type }, { x: 100 + 200 * index, y: 1200 }));
  await show(modeling.connect(task, other), "flow");
  await show(modeling.connect(gateway, other), "flow of a choice");
  selection.select([task, other]);
  await tick(30);
  look("several");
  for (const id of ["align-elements", "color-picker"]) await open([task, other], id, "several");
  await open(root(), "bpmn-create", "palette");
  for (const entry of Object.values(get("palette").getEntries())) add(entry.title, "palette");
  const pool = modeling.createShape(factory.createParticipantShape(), { x: 300, y: 1800 }, root());
  await show(pool, "participant");
  await show(modeling.addLane(pool, "bottom"), "lane");
  get("searchPad").open();
  await tick(30);
  look("search");
  get("searchPad").close();
  get("minimap").open();
  get("toggleMode").toggleMode(true);
  document.querySelector("[title='Verslag tonen of verbergen'], [title='Toggle Simulation Log']")?.click();
  await tick(100);
  look("minimap and simulation");
  return [...words].filter(([text]) => !templates.includes(JSON.stringify(text)));
}
