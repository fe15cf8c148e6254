// Every component of form-js, each selected, with each choice of its panel, and with wrong things filled in.
async () => {
  const { words, collect, tick, unfold } = window.flowWords;
  const get = (name) => window.flowForm.get(name);
  const PANEL = ".fjs-properties-container";
  const own = ".fjs-form-field-description, code, .flatpickr-input, .fjs-datetime-subsection, .fjs-form-container .fjs-form-field-label, .fjs-table, .fjs-form-field-text, .fjs-button[type=submit]";
  const look = (where) => collect(where, { roots: "#modeler", own });
  const field = (id) => get("formFieldRegistry").getAll().find((one) => one.id === id || (id === "default" && one.type === id));
  const headers = () => document.querySelectorAll(`${PANEL} .bio-properties-panel-group-header:not(.open)`).forEach((one) => one.click());

  async function choices(where) {
    for (const name of [...document.querySelectorAll(`${PANEL} select`)].map((one) => one.name)) {
      const live = () => document.querySelector(`${PANEL} select[name="${name}"]`);
      for (const { value } of [...(live()?.options ?? [])]) {
        if (!live()) break;
        live().value = value;
        for (const event of ["input", "change"]) live()?.dispatchEvent(new Event(event, { bubbles: true }));
        await tick(25);
        headers();
        await tick(15);
        look(`${where}, ${name} ${value}`);
      }
    }
  }

  async function wrong(where) {
    for (const one of document.querySelectorAll(`${PANEL} input:is([type=text], [type=number])`)) {
      one.focus();
      one.value = one.type === "number" ? "-1" : "a b";
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await tick(350);
    look(`${where}, wrong`);
  }

  look("empty");
  get("selection").set(field("default"));
  await tick(40);
  await unfold(PANEL, () => look("form"));
  const types = [...document.querySelectorAll(".fjs-palette-field")].map((one) => one.dataset.fieldType);
  for (const [index, type] of types.entries()) {
    get("modeling").addFormField({ type, id: `own_${type}` }, field("default"), index);
    await tick(40);
    get("selection").set(field(`own_${type}`));
    await tick(40);
    await unfold(PANEL, () => look(type));
    await choices(type);
    await wrong(type);
  }
  const search = document.querySelector(".fjs-palette-search");
  search.value = "zzz";
  search.dispatchEvent(new Event("input", { bubbles: true }));
  await tick(50);
  look("palette");
  return [...words, [types.length, "components"]];
}
