"""Diagrams on pages can be read: badges cover no words and no other badge, and what enlarges them is a button."""

from __future__ import annotations

import json
from typing import Any

import pytest
from variants import ALL

from browser.steps import Pages, picture, wait_for
from inburgering_flow.platform import Platform

OVERLAPS = """() => {
  const box = document.querySelector(".diagram");
  const seen = (e) => e.getBoundingClientRect();
  const part = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
  const words = [...box.querySelectorAll(".djs-visual text")].filter((t) => t.textContent.trim());
  const badges = [...box.querySelectorAll(".flow-badge")];
  const said = [];
  for (const b of badges) {
    for (const w of words) if (part(seen(b), seen(w))) said.push(`${b.parentElement.parentElement.dataset.containerId} on "${w.textContent}"`);
    for (const o of badges) if (o !== b && part(seen(b), seen(o))) said.push(`${b.textContent} on badge ${o.textContent}`);
  }
  const sizes = badges.map((b) => seen(b).height);
  return { said, count: badges.length, smallest: Math.min(...sizes) };
}"""
FEW = ("brede-intake", "boeteprocedure", "inburgering")


def shown_with_marks(page: Any, address: str, law: Platform, process_id: str) -> None:
    """Open a process with a count at every step and an incident at every third."""
    key = next(row.key for row in law.services.deployments.newest("process") if row.id == process_id)
    steps = [id for id, e in law.services.context.catalog.process(key).elements.items() if e.kind != "process"]
    marks = {"active": dict.fromkeys(steps, 128), "incidents": dict.fromkeys(steps[::3], 3), "completed": []}
    page.unroute_all()
    page.route("**/tellingen", lambda route: route.fulfill(status=200, content_type="application/json", body=json.dumps(marks)))
    page.goto(f"{address}/processen/{key}")
    page.wait_for_selector(".diagram[data-ready=true]")


def test_no_badge_covers_words_or_another_badge(law: Platform, address: str, page_of: Pages) -> None:
    rita = page_of("rita", 1200)
    ids = [row.id for row in law.services.deployments.newest("process")] if ALL else FEW
    for process_id in ids:
        shown_with_marks(rita, address, law, process_id)
        found = rita.evaluate(OVERLAPS)
        assert found["count"] >= 4, process_id
        assert found["said"] == [], process_id
        assert found["smallest"] >= 17, (process_id, "a badge is as large as text")
        rita.click(".diagram-tools button:text-is('+')")
        rita.wait_for_timeout(150)
        assert rita.evaluate(OVERLAPS)["said"] == [], (process_id, "enlarged")


@pytest.mark.parametrize("width", [360, 1200])
def test_a_diagram_is_enlarged_reduced_and_shown_as_a_whole_by_buttons(
    law: Platform, address: str, page_of: Pages, width: int
) -> None:
    rita = page_of("rita", width)
    shown_with_marks(rita, address, law, "boeteprocedure")
    picture(rita, f"diagram-{width}")
    scale = "() => document.querySelector('.diagram').viewer.get('canvas').zoom()"
    begun = rita.evaluate(scale)
    assert begun >= 0.45, "the words can be read from the start"
    rita.focus(".diagram-tools button:text-is('+')")
    rita.keyboard.press("Enter")
    assert rita.evaluate(scale) > begun
    rita.click(".diagram-tools button[aria-label='Kleiner']")
    rita.click(".diagram-tools button:text-is('Alles tonen')")
    rita.locator(".bjs-powered-by").scroll_into_view_if_needed()
    mark, box = rita.evaluate("() => ['.bjs-powered-by', '.diagram'].map((s) => JSON.parse(JSON.stringify(document.querySelector(s).getBoundingClientRect())))")
    top = rita.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.bjs-powered-by') !== null", [mark["x"] + 8, mark["y"] + 8])
    assert (top, mark["right"] <= box["right"]) == (True, True), "nothing covers the mark of bpmn.io"
    full = rita.locator(".diagram-tools button:text-is('Volledig scherm')")
    full.click()
    wait_for(rita, "() => document.fullscreenElement?.className === 'diagram-frame'")
    wait_for(rita, "() => document.querySelector('.diagram-tools [aria-pressed=true]')")
    full.click()
    wait_for(rita, "() => !document.fullscreenElement")
