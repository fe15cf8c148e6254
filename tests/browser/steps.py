"""What a person does in the pages, in words that the stories share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from inburgering_flow.clock import legal_day
from inburgering_flow.inburgering.demo import PASSWORD
from inburgering_flow.platform import Platform

Pages = Callable[..., Any]
PICTURES = Path(__file__).parents[2] / "var" / "screenshots"


def log_in(page: Any, address: str, username: str) -> None:
    page.goto(f"{address}/inloggen")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("form.card button.primary")
    page.wait_for_url(f"{address}/")


def claim(page: Any, address: str, title: str) -> None:
    """Find the task in the list of the role, open it and take it."""
    page.goto(f"{address}/taken?lijst=rollen")
    page.click(f"table a:has-text('{title}') >> nth=0")
    page.click("text=Taak oppakken")
    page.wait_for_selector(".flow-form[data-ready]")


def question(page: Any, label: str) -> Any:
    """Return the field as form-js shows it; the plain form below it asks the same and stays hidden."""
    return page.locator(".flow-form").get_by_label(re.compile(re.escape(label)))


def fill(page: Any, label: str, value: str) -> None:
    question(page, label).first.fill(value)


def choose(page: Any, question: str, answer: str) -> None:
    field = page.locator(".fjs-form-field-radio", has=page.locator(f"text={question}")).first
    field.get_by_text(answer, exact=True).click()


def date(page: Any, label: str, value: str) -> None:
    """Type a date in the boxes for day, month and year."""
    group = page.locator(".flow-form fieldset.moment", has=page.locator(f"legend:has-text('{label}')")).first
    year, month, day = value.split("-")
    for name, text in (("day", day), ("month", month), ("year", year)):
        group.locator(f".moment-{name} input").fill(text)
    wait_for(page, "(day) => document.querySelector('[name=form_json]').value.includes(day)", value)


def wait_for(page: Any, truth: str, argument: Any = None) -> None:
    """Wait until a JavaScript function gives true; Playwright's own waiting needs eval, which our pages forbid."""
    for _ in range(600):
        if page.evaluate(truth, argument):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"In half a minute this did not become true: {truth}, {argument}")


def shows(page: Any, wanted: str, count: int) -> None:
    """Wait until so many of something are on the page: marks come to a diagram after it has been drawn."""
    wait_for(page, "([wanted, count]) => document.querySelectorAll(wanted).length === count", [wanted, count])


def new_file(page: Any, address: str, kind: str, name: str, *, project: str = "Proef") -> str:
    """Begin a file in a project, which is made where there is none of that name, and open it; return the project's address."""
    page.goto(f"{address}/ontwerpen")
    if page.locator(f"table a:text-is('{project}')").count():
        page.click(f"table a:text-is('{project}')")
    else:
        page.fill("#naam", project)
        page.click("button:has-text('Project maken')")
    place = page.url
    page.select_option("#soort", kind)
    page.fill("#naam", name)
    page.click("button:has-text('Maken en openen')")
    opened(page)
    return place


def opened(page: Any) -> None:
    """Wait until an editor has drawn its file and its findings have come."""
    wait_for(page, "() => document.querySelector('#editor')?.dataset.checked")


def settle(page: Any) -> None:
    """Wait until diagrams, forms and the modeler have been drawn."""
    wait_for(
        page, "() => [...document.querySelectorAll('.diagram, .flow-form, #editor')].every((e) => e.dataset.ready)"
    )


def finish(page: Any, law: Platform) -> None:
    """Complete the task that is open; what cannot be undone is looked at and confirmed."""
    page.click("button:has-text('Afronden')")
    page.wait_for_selector("text=/De taak is afgerond|Dit kunt u niet ongedaan maken/")
    if page.locator("button:has-text('Ja, definitief afronden')").count():
        page.click("button:has-text('Ja, definitief afronden')")
    page.wait_for_selector("text=De taak is afgerond.")
    law.run_due()


def notice(page: Any, address: str, key: int, message: str, value: str) -> None:
    """Report on a case what its page offers: the only question, if there is one, is answered with ``value``."""
    page.goto(f"{address}/zaken/{key}")
    page.select_option("#wat", message)
    page.click("button:has-text('Verder')")
    if value:
        question = page.locator("main form [id]:is(input:not([type=hidden]), select, textarea)").first
        if question.evaluate("e => e.tagName") == "SELECT":
            question.select_option(value)
        else:
            question.fill(value)
    page.click("button:has-text('Melding bewaren')")
    page.wait_for_selector(".notice")


def partner(page: Any, address: str, key: int, message: str, value: str, law: Platform) -> None:
    notice(page, address, key, message, value)
    law.run_due()


def until(law: Platform, moment: str) -> None:
    """Let time pass to a moment, running everything that becomes due on the way, in order."""
    end = datetime.fromisoformat(moment)
    while (due := law.next_due()) is not None and due <= end:
        if due > law.clock.now():
            law.clock.set(due)
        if law.run_due() == 0:
            break
    law.clock.set(moment)
    law.run_due()


def start_case(law: Platform, number: str = "D-1", group: str = "gezinsmigrant", *, owner: str | None = "karin",
               name: str = "Zaak", **person: str) -> int:  # fmt: skip
    """Start a case without pages, where the start itself is not what the story is about."""
    key = law.start(
        "inburgering",
        {"dossiernummer": number, "doelgroep": group, "kennisgeving": legal_day(law.clock.now()).isoformat(),
         "brpDatum": None, "inCoa": False},
        person=law.register_person({"voornamen": "Voorbeeld", "achternaam": name, **person}),
        business_key=number, owner=owner,
    )  # fmt: skip
    law.run_due()
    return key


def task_key(law: Platform, element: str) -> int:
    return next(t.key for t in law.tasks(state="CREATED") if t.element_id == element)


def picture(page: Any, name: str) -> None:
    """Keep a screenshot of the page as output of the run."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)
