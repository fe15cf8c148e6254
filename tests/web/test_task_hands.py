"""Who has a task, with what word, how much haste it has, and what is next: done in one click, and taken back where it can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, select

from inburgering_flow.errors import Conflict, Forbidden, InvalidInput
from inburgering_flow.forms import Upload
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.store import accounts, tasks
from inburgering_flow.store import tables as t
from inburgering_flow.web.tasklist import views as tasklist
from web.conftest import Browser, said, start_case
from web.test_forms_know import task_of

Login = Callable[[str], Browser]
KARIN, KEES = (Actor(name, ("klantmanager",), table=ROLES) for name in ("karin", "kees"))
RITA = Actor("rita", ("regievoerder",), table=ROLES)


@pytest.fixture
def task(law: Platform) -> int:
    """A task of karin's, in a case that nobody leads yet, so that her colleagues see it too."""
    start_case(law, owner=None)
    key = task_of(law, "taak_intake_plannen")
    law.services.user_tasks.claim(key, "karin", KARIN)
    return key


def hire(law: Platform, number: int, others: tuple[str, str] = ("dicht", "anders")) -> None:
    """Open that many accounts of a klantmanager, beside one that is closed and one with another role."""
    closed, other = others
    with law.context.db.write() as unit:
        kees = dict(unit.connection.execute(select(t.account).where(t.account.c.username == "kees")).one()._mapping)
        more = [{**kees, "username": f"mw{closed}x{n}", "display_name": f"Medewerker {n}"} for n in range(number)]
        more += [{**kees, "username": closed, "active": False}, {**kees, "username": other, "roles": ("klantmanagers",)}]
        unit.connection.execute(insert(t.account), more)


def assignee(law: Platform, key: int) -> str | None:
    return next(t.assignee for t in law.tasks() if t.key == key)


def test_a_task_page_reads_a_few_colleagues_only_however_many_there_are(law: Platform, as_user: Login, task: int) -> None:
    """With eight thousand it held all their names: half a megabyte, and a tenth of a second each time."""
    karin, few = as_user("karin"), tasklist.CHOSEN_ON_PAGE
    already = 1 + len(law.services.user_tasks.assignable(task, KARIN))
    hire(law, few - already)
    page = karin.get(f"/taken/{task}").text
    assert len(re.findall(r'<option value="(?:mw\w+|kees)"', page)) == few - already + 1
    assert not re.findall(r'<option value="(?:dicht|anders)2?"', page)
    assert f"/taken/{task}/overdragen" not in page

    hire(law, few, ("dicht2", "anders2"))
    read: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        row, made = accounts.AccountRow, accounts.AccountRow.__init__
        patch.setattr(row, "__init__", lambda self, *given, **more: (read.append(1), made(self, *given, **more))[1])
        page = karin.get(f"/taken/{task}").text
    assert len(read) <= few + 3
    assert '<option value="mw' not in page
    assert f'href="/taken/{task}/overdragen"' in page

    choice = karin.get(f"/taken/{task}/overdragen").text
    assert '<option value="mwdicht2x7">' in choice
    assert not re.findall(r'<option value="(?:dicht|anders|dicht2|anders2|karin)"', choice)
    once = re.search(r'name="eenmalig" value="([^"]+)"', choice)
    assert once is not None
    karin.post(f"/taken/{task}/toewijzen", {"username": "mwdicht2x7", "bericht": "Veel succes.", "eenmalig": once[1]})
    assert assignee(law, task) == "mwdicht2x7"


def test_nothing_is_offered_where_nobody_else_may_do_a_task(law: Platform, as_user: Login, task: int) -> None:
    for name in {one.username for one in law.services.user_tasks.assignable(task, KARIN)}:
        law.services.accounts.save(name, roles=("financieel-medewerker",))
    karin = as_user("karin")
    assert "Overdragen aan een collega" not in karin.get(f"/taken/{task}").text
    assert "er is niemand anders voor" in karin.get(f"/taken/{task}/overdragen").text


def test_who_does_not_have_a_task_cannot_choose_to_whom_it_goes(law: Platform, as_user: Login, task: int) -> None:
    hire(law, tasklist.CHOSEN_ON_PAGE + 1)
    kees = as_user("kees")
    assert "overdragen" not in kees.get(f"/taken/{task}").text
    page = kees.get(f"/taken/{task}/overdragen").text
    assert "<option" not in page.split("<h1>")[1]
    assert "U kunt deze taak niet overdragen" in page
    assert as_user("carla").get(f"/taken/{task}/overdragen").status_code == 404, "a task out of reach"


def undo(browser: Browser, page: str) -> Browser:
    """Press the button that the notice of a page has."""
    notice = re.search(r'<div class="notice told".*?</div>', browser.get(page).text, re.DOTALL)
    assert notice is not None, "nothing to undo is offered"
    action = re.search(r'action="([^"]+)"', notice[0])[1]  # type: ignore[index]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', notice[0]))
    assert browser.post(action, fields).status_code == 302
    return browser


def test_who_has_a_task_hands_it_over_with_a_word_that_its_reader_sees(law: Platform, as_user: Login, task: int) -> None:
    karin, kees = as_user("karin"), as_user("kees")
    page = said(karin.get(f"/taken/{task}").text)
    assert "Overdragen aan een collega" in page
    assert '<option value="kees">' in page
    assert '<option value="karin">' not in page

    karin.post(f"/taken/{task}/toewijzen", {"username": "kees", "bericht": "Hij belt <morgen> terug.", "eenmalig": "a"})

    assert assignee(law, task) == "kees"
    assert "Hij belt &lt;morgen&gt; terug." in kees.get(f"/taken/{task}").text
    assert "karin gaf u deze taak en schreef erbij:" in said(kees.get(f"/taken/{task}").text)
    assert "schreef erbij" not in karin.get(f"/taken/{task}").text
    assert law.services.task_page.open(task, KARIN).word is None
    root = next(t.root_key for t in law.tasks() if t.key == task)
    assert "karin droeg een taak over" in said(karin.get(f"/zaken/{root}/tijdlijn?soort=taken").text)
    again = karin.post(f"/taken/{task}/toewijzen", {"username": "kees", "bericht": "Hij belt <morgen> terug.", "eenmalig": "a"})
    assert again.status_code == 302, "sent twice it is done once"
    assert len(law.services.case_file.open(root, KEES).notes) == 1


def test_what_was_handed_over_is_taken_back_while_the_colleague_has_not_moved_it(law: Platform, as_user: Login, task: int) -> None:
    karin = as_user("karin")
    karin.post(f"/taken/{task}/toewijzen", {"username": "kees"})
    undo(karin, f"/taken/{task}")
    assert assignee(law, task) == "karin"

    law.services.handovers.hand_over(task, "kees", KARIN)
    law.services.user_tasks.release(task, KEES)
    with pytest.raises(Conflict):
        law.services.handovers.take_back(task, KARIN)
    answer = karin.post(f"/taken/{task}/terugnemen")
    assert answer.status_code == 302
    assert "uw collega heeft er al iets mee gedaan" in karin.get(f"/taken/{task}").text
    assert assignee(law, task) is None
    law.services.handovers.hand_over(task, "kees", RITA)
    with pytest.raises(Conflict):
        law.services.handovers.take_back(task, KARIN)
    with law.context.db.write() as unit:
        tasks.assign(unit, task, "anna", "kees")  # by a listener of the process, of which no line speaks
    with pytest.raises(Conflict):
        law.services.handovers.take_back(task, RITA)


def test_a_task_is_given_only_by_who_has_it_or_leads_and_only_to_who_may_do_it(law: Platform, task: int) -> None:
    with pytest.raises(Forbidden):
        law.services.handovers.hand_over(task, "kees", KEES)
    assert law.services.user_tasks.assignable(task, KEES) == []
    for nobody in ("hans", "niemand", "x" * 300):
        with pytest.raises(InvalidInput):
            law.services.handovers.hand_over(task, nobody, KARIN)
    with pytest.raises(InvalidInput):
        law.services.handovers.hand_over(task, "kees", KARIN, word="x" * 2001)
    assert assignee(law, task) == "karin"
    law.services.handovers.hand_over(task, "kees", RITA)
    assert assignee(law, task) == "kees"


def test_priority_and_follow_up_date_are_stored_told_and_undone(law: Platform, as_user: Login, task: int) -> None:
    karin = as_user("karin")
    karin.post(f"/taken/{task}/plannen", {"prioriteit": "75", "opvolgdatum": "2026-03-09"})
    row = next(t for t in law.tasks() if t.key == task)
    assert (row.priority, law.services.task_page.planned(task, KARIN)) == (75, (75, date(2026, 3, 9)))
    page = said(karin.get(f"/zaken/{row.root_key}/tijdlijn").text)
    assert "prioriteit was 50, is nu 75; opvolgdatum was –, is nu maandag 9 maart 2026" in page

    karin.post(f"/taken/{task}/plannen", {"prioriteit": "25", "opvolgdatum": ""})
    undo(karin, f"/taken/{task}")
    assert law.services.task_page.planned(task, KARIN) == (75, date(2026, 3, 9))

    karin.post(f"/taken/{task}/plannen", {"prioriteit": "75", "opvolgdatum": "2026-03-09"})
    assert "Er is niets veranderd" in karin.get(f"/taken/{task}").text
    for wrong in ({"prioriteit": "101"}, {"prioriteit": "x"}, {"prioriteit": "50", "opvolgdatum": "morgen"}):
        assert karin.post(f"/taken/{task}/plannen", wrong).status_code == 400
    with pytest.raises(Forbidden):
        law.services.user_tasks.plan(task, KEES, priority=50, follow_up=None)


def test_taking_and_giving_back_undo_each_other(law: Platform, as_user: Login) -> None:
    start_case(law)
    task, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{task}/oppakken")
    undo(karin, f"/taken/{task}")
    assert assignee(law, task) is None
    undo(karin, "/taken")
    assert assignee(law, task) == "karin"


def test_after_a_task_the_next_of_the_same_case_is_one_click_away(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{key}/oppakken")
    karin.get(f"/taken/{key}")
    karin.post(f"/taken/{key}/afronden", {"veld_afspraakDatum": "2026-03-10", "veld_afspraakPlaats": "Stadhuis"})
    law.run_due()  # the letter goes, and then somebody is asked whether the person came
    following = task_of(law, "taak_intakegesprek")

    undo(karin, "/")  # here its button goes on

    assert assignee(law, following) == "karin"
    assert "Verder in deze zaak" not in karin.get("/").text, "told once"


def test_no_task_of_another_case_or_role_is_offered(law: Platform) -> None:
    start_case(law)
    start_case(law, "D-2")
    first, second = (t for t in law.tasks(state="CREATED") if t.element_id == "taak_intake_plannen")
    law.complete(first.key, {"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}, user="karin")
    law.run_due()
    law.services.user_tasks.claim(second.key, "karin", KARIN)
    found = law.services.task_page.next_after(first.key, KARIN)
    assert (found.root_key, found.element_id) == (first.root_key, "taak_intakegesprek")
    for other in (Actor("hans", ("handhaver",), table=ROLES), RITA):
        assert law.services.task_page.next_after(first.key, other) is None, "not seen, or for another role"
    assert law.services.task_page.next_after(1, KARIN) is None, "of a case that is gone"


def test_a_note_written_at_a_task_names_it_and_stands_first_there(law: Platform, as_user: Login, task: int) -> None:
    karin = as_user("karin")
    root = next(t.root_key for t in law.tasks() if t.key == task)
    karin.post(f"/taken/{task}/notitie", {"tekst": "Bij de taak", "eenmalig": "b"})
    for n in range(6):
        law.services.case_file.add_note(root, f"Bij de zaak {n}", KARIN)
    notes = law.services.task_page.open(task, KARIN).notes
    assert [n["text"] for n in notes][:2] == ["Bij de taak", "Bij de zaak 5"]
    assert notes[0]["task_key"] == task
    other = start_case(law, "D-2", owner="karin")
    with pytest.raises(InvalidInput):
        law.services.documents.add(other, _file(), KARIN, task_key=task)


def _file() -> Upload:
    return Upload("brief.pdf", "application/pdf", b"%PDF-1.7\n")
