"""A designer asks why the modeler finds something wrong, and reads it next to the diagram."""

from __future__ import annotations

from browser.steps import Pages, picture

DRAW = """() => {
  const begin = window.flowModeler.get('elementRegistry').get('begin');
  window.flowModeler.get('modeling').appendShape(begin, { type: 'bpmn:ServiceTask' });
}"""


def test_a_finding_in_the_modeler_opens_the_page_of_its_rule_beside_the_diagram(
    address: str, page_of: Pages
) -> None:
    piet = page_of("piet")
    piet.goto(f"{address}/ontwerpen")
    piet.wait_for_selector("#modeler[data-ready]")
    piet.evaluate(DRAW)

    piet.click("#modeler-check")
    link = piet.locator("#modeler-findings a")
    assert link.inner_text() == "Uitleg (nieuw venster): job-type"
    picture(piet, "modeler-bevinding")
    with piet.expect_popup() as opened:
        link.click()

    assert opened.value.locator("h1").inner_text() == "Regel job-type"
    assert "Zonder jobtype wacht de zaak voor altijd." in opened.value.locator("main").inner_text()
    assert piet.locator("#modeler-findings li").count() == 1  # the diagram is still there
