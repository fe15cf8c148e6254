"""A designer asks why the modeler finds something wrong, and reads it next to the diagram."""

from __future__ import annotations

from browser.steps import Pages, new_file, picture

DRAW = """() => {
  const begin = window.flowModeler.get('elementRegistry').get('begin');
  window.flowModeler.get('modeling').appendShape(begin, { type: 'bpmn:ServiceTask' });
}"""


def test_a_finding_in_the_modeler_opens_the_page_of_its_rule_beside_the_diagram(
    address: str, page_of: Pages
) -> None:
    piet = page_of("piet")
    new_file(piet, address, "bpmn", "Proces")
    piet.evaluate(DRAW)

    link = piet.locator("#findings a")
    link.wait_for()  # nobody has to ask
    assert link.inner_text() == "Uitleg (nieuw venster): job-type"
    picture(piet, "modeler-bevinding")
    with piet.expect_popup() as opened:
        link.click()

    assert opened.value.locator("h1").inner_text() == "Regel job-type"
    assert "Zonder jobtype wacht de zaak voor altijd." in opened.value.locator("main").inner_text()
    assert piet.locator("#findings li").count() == 1  # the diagram is still there
