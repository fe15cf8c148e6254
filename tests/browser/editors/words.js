// Gathers what an editor shows around what the designer wrote: texts, choices, titles, labels and placeholders that can be seen.
() => {
  const words = new Map();
  const tick = (ms = 0) => new Promise((done) => setTimeout(done, ms));
  const isSeen = (one) => one.getClientRects().length > 0;
  const NAMES = ["title", "aria-label", "placeholder"];
  const HEADERS = ".bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title";

  function add(text, where) {
    const said = text?.trim();
    if (said && /[A-Za-z]{2}/.test(said) && !words.has(said)) words.set(said, where);
  }

  function collect(where, { roots, own }) {
    for (const root of document.querySelectorAll(`${roots}, .bio-properties-panel-tooltip, .bio-properties-panel-popup`)) {
      for (const one of root.querySelectorAll("option")) if (isSeen(one.parentElement)) add(one.textContent, where);
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const around = text.parentElement;
        if (around && isSeen(around) && !around.closest(`svg, textarea, .cm-content, ${HEADERS}, ${own}`)) add(text.data, where);
      }
      for (const one of root.querySelectorAll(NAMES.map((name) => `[${name}]`).join())) {
        if (isSeen(one) && !one.closest(own)) for (const name of NAMES) add(one.getAttribute(name), where);
      }
    }
  }

  const press = (selector) => {
    for (const one of document.querySelectorAll(selector)) if (!one.classList.contains("open")) one.click();
  };

  // Opens each group and each entry of the properties panel, with one entry added to each list, and shows each hint.
  async function unfold(panel, look) {
    for (let round = 0; round < 2; round++) {
      press(`${panel} .bio-properties-panel-group-header`);
      await tick(25);
      if (!round) document.querySelectorAll(`${panel} .bio-properties-panel-add-entry`).forEach((one) => one.click());
      await tick(25);
      press(`${panel} .bio-properties-panel-collapsible-entry-header`);
      await tick(25);
    }
    look();
    for (const one of document.querySelectorAll(`${panel} .bio-properties-panel-tooltip-wrapper`)) one.dispatchEvent(new MouseEvent("mouseenter"));
    await tick(250);
    look();
  }

  window.flowWords = { words, add, collect, tick, unfold };
}
