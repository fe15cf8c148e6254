"""The head of a case stays while there is room for it, a narrow screen asks first, and the keyboard alone confirms and takes back."""

from __future__ import annotations

import pytest
from variants import ALL
from web.conftest import start_case
from web.test_forms_know import task_of
from web.test_previews import asked

from browser.steps import Pages, choose, date, fill
from inburgering_flow.platform import Platform

pytestmark = pytest.mark.skipif(not ALL, reason="make test opens these pages in the tour; make test-all uses them")
COVERED = """() => {
  const here = document.activeElement.getBoundingClientRect(), head = document.querySelector('.case-head').getBoundingClientRect();
  return here.top < head.bottom && here.bottom > head.top && getComputedStyle(document.querySelector('.case-head')).position === 'sticky'
    && !document.querySelector('.case-head').contains(document.activeElement);
}"""


def test_the_head_stays_and_covers_nothing_that_has_the_focus(law: Platform, address: str, page_of: Pages) -> None:
    key = start_case(law)
    for n in range(12):
        law.services.case_file.add_note(key, f"Notitie {n}", law.services.accounts.actor(law.services.accounts.get("karin")))
    karin = page_of("karin", width=1200)
    karin.goto(f"{address}/zaken/{key}/gegevens")
    karin.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert karin.evaluate("document.querySelector('.case-head').getBoundingClientRect().top") >= 0
    for _ in range(25):
        karin.keyboard.press("Shift+Tab")
        assert not karin.evaluate(COVERED), karin.evaluate("document.activeElement.outerHTML")

    phone = page_of("karin", width=360)
    phone.goto(f"{address}/zaken/{key}/gegevens")
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert phone.evaluate("document.querySelector('.case-head').getBoundingClientRect().bottom") < 0


def test_a_narrow_screen_shows_the_question_and_folds_what_stands_beside_it(law: Platform, address: str, page_of: Pages) -> None:
    start_case(law)
    task = task_of(law, "taak_intake_plannen")
    law.claim(task, user="karin")
    for width, is_open in ((1200, True), (360, False)):
        page = page_of("karin", width=width)
        page.goto(f"{address}/taken/{task}")
        page.wait_for_selector(".flow-form[data-ready]")
        assert page.evaluate("[...document.querySelectorAll('[data-fold]')].every((card) => card.open)") is is_open


def test_what_cannot_be_undone_is_confirmed_by_the_keyboard_alone(law: Platform, address: str, page_of: Pages) -> None:
    key, task = asked(law)
    tom = page_of("tom")
    tom.goto(f"{address}/taken/{task}")
    tom.wait_for_selector(".flow-form[data-ready]")
    choose(tom, "Stelt u dit advies vast?", "Ja")
    tom.locator("button.primary:has-text('Afronden')").focus()
    tom.keyboard.press("Enter")
    tom.wait_for_selector("h1:has-text('Dit kunt u niet ongedaan maken')")
    for _ in range(60):
        tom.keyboard.press("Tab")
        if tom.evaluate("document.activeElement.textContent.trim()") == "Ja, definitief afronden":
            break
    tom.keyboard.press("Enter")
    tom.wait_for_selector("text=De taak is afgerond.")
    law.run_due()
    assert len(law.documents(key)) == 1


CLICKS = """addEventListener('click', (event) => {
  if (event.isTrusted && event.target.closest('a, button')) sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
}, true);"""


def test_from_claiming_one_task_to_having_the_next_takes_three_clicks(law: Platform, address: str, page_of: Pages) -> None:
    key, karin = start_case(law), page_of("karin", width=1200)
    other = next(task.key for task in law.tasks(state="CREATED") if task.root_key == key)
    law.publish("duo.SS125", correlation_key="D-1")
    law.run_due()
    assert [task.key for task in law.tasks(state="CREATED") if task.root_key == key] != [other], "a second task to go on with"
    karin.add_init_script(CLICKS)
    karin.goto(f"{address}/taken/{other}")
    karin.get_by_role("button", name="Taak oppakken").click()
    karin.wait_for_selector(".flow-form[data-ready]")
    first = karin.url
    date(karin, "Datum van de afspraak", "2026-03-10")
    fill(karin, "Plaats van de afspraak", "Stadhuis")
    karin.get_by_role("button", name="Afronden").click()
    karin.wait_for_selector("text=De taak is afgerond.")
    karin.get_by_role("button", name="Oppakken en verder in deze zaak").click()
    karin.wait_for_url("**/taken/*")
    assert karin.url != first
    assert int(karin.evaluate("sessionStorage.clicks")) == 3
