"""Each editor by the keyboard alone: something is drawn, filled in, typed and saved without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from browser.steps import new_file, picture
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform

Pages = Callable[[str], Any]


def reach(page: Any, wanted: str, most: int = 120) -> None:
    """Press Tab until what has the focus is wanted."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement?.matches(wanted) ?? false", wanted):
            return
    raise AssertionError(f"Tab does not come to {wanted}; it stands at " + page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def test_a_diagram(law: Platform, address: str, page_of: Pages) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Met toetsen")
    reach(piet, "#modeler-canvas svg, #modeler-canvas .djs-container")
    piet.keyboard.press("Control+f")
    piet.keyboard.type("Begin")
    piet.wait_for_timeout(400)
    piet.keyboard.press("Enter")
    picture(piet, "toetsen-1")
    piet.keyboard.press("a")
    piet.wait_for_timeout(300)
    piet.keyboard.type("gebruikerstaak")
    piet.wait_for_timeout(300)
    picture(piet, "toetsen-2")
    piet.keyboard.press("Enter")
    piet.wait_for_timeout(300)
    piet.keyboard.type("Iets doen")
    picture(piet, "toetsen-3")
    print(piet.evaluate("document.activeElement.outerHTML.slice(0,300)"))
    piet.keyboard.press("Enter")
    piet.keyboard.press("Control+s")
    piet.wait_for_timeout(1500)
    print(law.services.projects.every(SYSTEM)); key=law.services.projects.every(SYSTEM)[-1][0].key
    print([c.decode()[-3000:] for n, c in law.services.projects.contents(key, SYSTEM) if n.endswith("bpmn")])
    assert 0
